/** One answer as it goes out, whole or as a fault wants it. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import { type Fault, spoil, spoils } from './faults.ts';
import { PreparedPage } from './prepared-entries.ts';

/** An answer that is ready, and all that may still delay or spoil it. */
export interface Outgoing {
  readonly answer: Answer;
  readonly faults: readonly Fault[];
  /** The request's own address. */
  readonly url: URL;
  /** The sandbox's time, for the `Date` header. */
  readonly nowMs: number;
  readonly latencyMs: number;
  /** Ends waiting when the sandbox closes. */
  readonly closing: AbortSignal;
}

const HTML = '<!doctype html><html><body><h1>Please stand by</h1></body></html>';

/** Sends an answer. Gives the status that went out, 0 where the connection was cut. */
export async function send(response: ServerResponse, out: Outgoing): Promise<number> {
  const has = (kind: Fault['do']): Fault | undefined => out.faults.find((fault) => fault.do === kind);
  const delayMs =
    out.latencyMs + out.faults.reduce((sum, each) => sum + (each.do === 'slow' ? (each.ms ?? 1000) : 0), 0);
  if (delayMs > 0) await sleep(delayMs, undefined, { signal: out.closing });
  const cut = has('cut');
  if (cut !== undefined && cut.value !== 'middle') {
    response.destroy();
    return 0;
  }
  const refused = has('status');
  const answer = refused === undefined ? out.answer : statusAnswer(refused);
  const html = has('html') !== undefined;
  const bytes = html ? Buffer.from(HTML) : bytesOf(answer.body, out, has('truncated') !== undefined);
  response.sendDate = false;
  response.writeHead(html ? 200 : answer.status, {
    'content-type': html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': bytes.length,
    date: new Date(out.nowMs).toUTCString(),
    ...answer.headers,
  });
  if (cut !== undefined) {
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
    return 0;
  }
  response.end(bytes);
  return html ? 200 : answer.status;
}

function bytesOf(body: unknown, { faults, url }: Outgoing, truncated: boolean): Buffer {
  const isPrepared = body instanceof PreparedPage;
  if (isPrepared && !faults.some(spoils)) return body.bytes;
  const text = JSON.stringify(spoil(isPrepared ? body.parse() : body, faults, url.href));
  return Buffer.from(truncated ? text.slice(0, text.length >> 1) : text);
}

function statusAnswer(fault: Fault): Answer {
  const status = fault.status ?? 500;
  const retry = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
  return { status, body: { message: `The sandbox was told to answer ${status}` }, headers: retry };
}
