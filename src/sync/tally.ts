import type { Counts, SyncEvent } from '../events.ts';

/** Counts under way; the same as Counts, but written to. */
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What one stream has done so far. */
export type StreamTally = Mutable<Omit<Counts, 'loaded'>> & { bytesBilled: number };

const EMPTY: StreamTally = {
  fetched: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  skipped: 0,
  deleted: 0,
  requests: 0,
  bytesBilled: 0,
};

/** Counts of a run, per stream. Rows are counted when they are committed, requests when they are sent. */
export class Tally {
  readonly #streams = new Map<string, StreamTally>();
  /** Requests that belong to no stream: the account's role and modules. */
  #ownRequests = 0;
  #retried = 0;

  of(stream: string): StreamTally {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    const fresh = { ...EMPTY };
    this.#streams.set(stream, fresh);
    return fresh;
  }

  /** Listens to the client. */
  hear(event: SyncEvent): void {
    if (event.event === 'request.retried') this.#retried += 1;
    if (event.event === 'job.finished' && event.stream !== null) {
      this.of(event.stream).bytesBilled += event.bytes_billed;
    }
    if (event.event !== 'request.sent') return;
    if (event.stream === null) this.#ownRequests += 1;
    else this.of(event.stream).requests += 1;
  }

  get retried(): number {
    return this.#retried;
  }

  counts(stream: string): Counts {
    return toCounts(this.of(stream));
  }

  totals(): Counts {
    const sum = { ...EMPTY, requests: this.#ownRequests };
    for (const tally of this.#streams.values()) {
      for (const key of Object.keys(EMPTY) as (keyof StreamTally)[]) sum[key] += tally[key];
    }
    return toCounts(sum);
  }
}

function toCounts({ bytesBilled: _, ...counts }: StreamTally): Counts {
  return { ...counts, loaded: counts.inserted + counts.updated + counts.unchanged };
}
