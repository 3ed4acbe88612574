/** One request as it comes in: its address and its body. */
import type { IncomingMessage } from 'node:http';
import { Refusal } from './answer.ts';
import type { Rec } from './model.ts';

const MAX_BODY_BYTES = 5_000_000;

/** The absolute address, with the host that was asked, so that links lead back the same way. */
export function urlOf(request: IncomingMessage, fallback: string): URL {
  return new URL(request.url ?? '/', `http://${request.headers.host ?? fallback}`);
}

/**
 * The body of a write, from JSON or a form; empty where there is none.
 * @throws Refusal 400 where it is neither
 */
export async function bodyOf(request: IncomingMessage): Promise<Rec> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Refusal(400, { message: 'The body is too large' });
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (text === '') return {};
  // curl -d calls everything a form
  const isForm = (request.headers['content-type'] ?? '').includes('x-www-form-urlencoded');
  if (isForm && !text.trimStart().startsWith('{')) return Object.fromEntries(new URLSearchParams(text));
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Refusal(400, { message: 'The body is not JSON' });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Refusal(400, { message: 'The body is not an object' });
  return parsed as Rec;
}

/** The bearer token, from the header or the query. */
export function tokenOf(request: IncomingMessage, url: URL): string | null {
  const header = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '');
  return header?.[1] ?? url.searchParams.get('access_token');
}

/** The account asked for, from the header or the query. */
export function accountOf(request: IncomingMessage, url: URL): string | null {
  const header = request.headers['harvest-account-id'];
  return (Array.isArray(header) ? header[0] : header) ?? url.searchParams.get('account_id');
}
