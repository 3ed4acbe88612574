/** A sandbox, a dataset of the emulator behind the fault proxy, and the engine between them. */
import { startSandbox, type Sandbox, type SandboxOptions } from '../../../src/sandbox/server.ts';
import { bigQueryDoor } from '../../../src/warehouse/bigquery/warehouse.ts';
import type { StreamResult } from '../../../src/events.ts';
import { runEngine, type EngineOptions, type EngineRun, type Target } from '../../support/engine.ts';
import { differencesIn, type TruthOptions } from '../../support/truth.ts';
import { startBench, type Bench } from './bench.ts';
import { localOptions } from './open.ts';
import { readAll, readTableOf, type Row } from './read-tables.ts';
import type { JobFacts } from './requests.ts';

/** The step of the connector's that a job is, from its id: load, compare, commit, append or read. */
export function roleOf({ jobId }: JobFacts): string | null {
  return /_(load|compare|commit|append|read)_[0-9a-f]{24}_\d+$/.exec(jobId ?? '')?.[1] ?? null;
}

/** An emulator behind a proxy that knows the connector's steps. */
export function startStepBench(): Promise<Bench> {
  return startBench({ roleOf });
}

/** A Harvest account for tests of syncs. */
export async function openAccount(
  options: SandboxOptions = {},
): Promise<{ readonly sandbox: Sandbox; readonly target: Target } & AsyncDisposable> {
  const sandbox = await startSandbox({ seed: 7, size: 'tiny', ...options });
  const { baseUrl, identityUrl, accountId, tokens } = sandbox;
  return {
    sandbox,
    target: { baseUrl, identityUrl, accountId, token: tokens.administrator },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

/** One dataset that a sandbox is synced to. */
export class Branch {
  readonly bench: Bench;
  readonly dataset: string;
  readonly sandbox: Sandbox;
  readonly target: Target;
  readonly streams: readonly string[] | null;

  /** `streams`: those that are synced and compared; absent: all. */
  constructor(
    bench: Bench,
    dataset: string,
    { sandbox, target }: { readonly sandbox: Sandbox; readonly target: Target },
    streams: readonly string[] | null = null,
  ) {
    this.bench = bench;
    this.dataset = dataset;
    this.sandbox = sandbox;
    this.target = target;
    this.streams = streams;
  }

  /** Syncs through the proxy and gives the run. */
  sync(options: EngineOptions = {}): Promise<EngineRun> {
    return runEngine(this.target, '', {
      ...(this.streams === null ? {} : { streams: this.streams }),
      door: bigQueryDoor(localOptions(this.bench.proxy.url, this.dataset)),
      ...options,
    });
  }

  /** Lets a day pass in the account. */
  async day(): Promise<void> {
    const answer = await fetch(`${this.sandbox.url}/sandbox/day`, { method: 'POST', body: '{}' });
    if (answer.status !== 200) throw new Error(await answer.text());
  }

  /** Changes something in the account, as a person would. */
  async write(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object = {}): Promise<unknown> {
    const answer = await fetch(`${this.target.baseUrl}/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.target.token}`,
        'harvest-account-id': String(this.target.accountId),
        'user-agent': 'harvest-bq tests (tests@example.com)',
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  }

  /** Rows of a table, past the proxy. */
  rows(table: string): Promise<readonly Row[]> {
    return readAll(this.bench.emulator.url, this.dataset, table);
  }

  /** Where the tables differ from the account; a key that stands twice is a difference. */
  differences(options: TruthOptions = {}): Promise<readonly string[]> {
    return differencesIn(
      (table, key) => readTableOf(this.bench.emulator.url, this.dataset, table, key),
      this.sandbox,
      { ...(this.streams === null ? {} : { streams: this.streams }), ...options },
    );
  }

  /** Versions of the checkpoints, by stream, in their order. */
  async versions(): Promise<ReadonlyMap<string, readonly number[]>> {
    const found = new Map<string, number[]>();
    for (const { stream, version } of await this.rows('_sync_state')) {
      const name = String(stream);
      found.set(name, [...(found.get(name) ?? []), Number(String(version).slice(1))]);
    }
    for (const numbers of found.values()) numbers.sort((a, b) => a - b);
    return found;
  }
}

/** Streams that have versions with a gap or twice. */
export function brokenVersions(versions: ReadonlyMap<string, readonly number[]>): readonly string[] {
  return [...versions]
    .filter(([, numbers]) => numbers.some((number, at) => number !== at + 1))
    .map(([stream, numbers]) => `${stream}: ${numbers.join(', ')}`);
}

/** What went wrong in a run, in words; empty when it went well. */
export function failuresOf({ result }: EngineRun): readonly string[] {
  const failed = result.streams.filter(({ outcome }: StreamResult) => outcome === 'failed');
  return [
    ...(result.failure === null ? [] : [`run: ${result.failure.code} ${result.failure.message}`]),
    ...failed.map(({ stream, failure }) => `${stream}: ${failure?.code} ${failure?.message}`),
  ];
}
