/**
 * What is read again in rotation, so that everything is within a period and no run reads much more than its share.
 * Pure. Enters: how far the rotation is, the clock, the period. Leaves: what this run reads.
 *
 * A run's share is one of as many runs as fit into the period, judged by the time since the run before: of hourly runs
 * over 30 days each reads a 698th, of weekly ones each a quarter, and one after a pause that is longer than the
 * period reads everything.
 */
import type { SweepNotes } from './state.ts';

/** How often everything is read, and when the run before was. */
export interface Pace {
  /** The period in milliseconds; 0: everything on every run. */
  readonly everyMs: number;
  /** Time since the run before, in milliseconds. */
  readonly sinceMs: number;
}

/** Runs are late now and then: this much of the period is made use of. */
const SLACK = 0.97;

/** The share of everything that a run reads, from 0 to 1. */
export function shareOf({ everyMs, sinceMs }: Pace): number {
  if (everyMs === 0) return 1;
  if (sinceMs <= 0) return 0;
  return 1 / Math.max(1, Math.floor((everyMs * SLACK) / sinceMs));
}

/**
 * Places on the ring over which the parents of a child stream are spread by their id; each has a digest in the notes, so
 * that there are not too many. The sweep goes round.
 */
export const RING = 256;

/** The place of a parent: of ids in a row, each stretch is spread evenly. */
export function placeOf(id: string): number {
  return Number(BigInt.asUintN(32, BigInt(id) * GOLDEN) >> 24n);
}

/** 2^32 divided by the golden ratio. @see Knuth, The Art of Computer Programming, vol. 3, 6.4 */
const GOLDEN = 2_654_435_769n;

/** A sweep that has not begun: everything was read at `at`. */
export function freshSweep(at: string): SweepNotes {
  return { next: 0, owed: 0, at };
}

/** What a run does of a sweep. */
export interface Turn {
  /** Places to read, in order; never one twice. */
  readonly places: readonly number[];
  /** Places that are due before anything is read, with a fraction. */
  readonly owed: number;
}

/** The places that a run reads. Where it is none, the notes may stay as they are: the time is not lost. */
export function turnOf(
  { next, owed, at }: Pick<SweepNotes, 'next' | 'owed' | 'at'>,
  now: string,
  everyMs: number,
): Turn {
  const share = shareOf({ everyMs, sinceMs: Date.parse(now) - Date.parse(at) });
  const due = Math.min(RING, owed + share * RING);
  // shares are fractions: what is a whole place but for the rounding is one
  const whole = Math.floor(due + 1e-6);
  return { owed: due, places: Array.from({ length: whole }, (_, index) => (next + index) % RING) };
}

/** The notes when the first `taken` places of a turn are read. */
export function afterTurn(
  { next }: Pick<SweepNotes, 'next'>,
  { owed }: Turn,
  taken: number,
  now: string,
): Omit<SweepNotes, 'digests'> {
  return { next: (next + taken) % RING, owed: Math.max(0, owed - taken), at: now };
}

/** The notes without the digests of some parents' children. */
export function withoutDigests(sweep: SweepNotes, parents: readonly string[]): SweepNotes {
  const { digests, ...rest } = sweep;
  if (digests === undefined) return rest;
  const touched = new Set(parents.map((id) => String(placeOf(id))));
  const kept = Object.entries(digests).filter(([place]) => !touched.has(place));
  return kept.length === 0 ? rest : { ...rest, digests: Object.fromEntries(kept) };
}

/**
 * The months to read again, those read longest ago first. Nothing but when each was read has to be remembered: of the
 * months, as many as the period asks for have to have been read within any time up to it. That spreads a first load, in
 * which all were read at once, over the period, and reads each again before the period is over.
 *
 * @param read when each month was last read, by month
 */
export function monthsDue(read: ReadonlyMap<string, string>, now: string, pace: Pace): readonly string[] {
  const aged = [...read]
    .map(([month, at]) => ({ month, age: Date.parse(now) - Date.parse(at) }))
    .toSorted((a, b) => b.age - a.age || (a.month < b.month ? -1 : 1));
  const share = shareOf(pace);
  if (pace.everyMs === 0) return aged.filter(({ age }) => age > 0).map(({ month }) => month);
  if (share === 0) return [];
  // a month is read some time after its run began, and would otherwise be passed over when its turn comes
  const roundMs = (pace.sinceMs / share) * 0.99;
  let due = aged.length;
  let most = 0;
  for (const [index, { age }] of [...aged.entries()].toReversed()) {
    const wanted = Math.floor((aged.length * age) / roundMs);
    const younger = aged.length - 1 - index;
    most = Math.max(most, wanted - younger);
    if (most > index) break;
    due = index;
  }
  return aged.slice(0, due).map(({ month }) => month);
}
