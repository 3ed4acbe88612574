/** A part of the benchmark, and what it is run with. */
import type { Line } from './result.ts';

/** How a part is to be run. */
export interface BenchOptions {
  /** Smaller accounts and fewer repetitions: shows that everything works, not what it takes. */
  readonly quick: boolean;
  /** Tells what is being done. */
  readonly say: (text: string) => void;
}

/** Something that is measured by itself: a name on the command line, a table in the documentation. */
export interface Part {
  readonly name: string;
  readonly title: string;
  readonly run: (options: BenchOptions) => Promise<readonly Line[]>;
}

/** The account of a size, the same on every day. */
export const ACCOUNT = { seed: 1, now: '2026-03-10T09:00:00Z', clock: 'stands' } as const;

/** The stream that grows with history, and what its rows refer to. */
export const ENTRY_STREAMS = ['time_entries', 'users', 'clients', 'projects', 'tasks'] as const;
