/** What a benchmark finds: lines of goal, figure and verdict. Pure. */
export type Verdict = 'met' | 'missed' | 'skipped' | 'noted';

/** One finding. */
export interface Line {
  readonly what: string;
  readonly figure: string;
  /** In words, with the limit; empty where nothing is aimed at. */
  readonly goal: string;
  readonly verdict: Verdict;
}

/** What one part of the benchmark has found. */
export interface PartResult {
  readonly part: string;
  readonly title: string;
  /** How to do it again. */
  readonly command: string;
  /** ISO date. */
  readonly date: string;
  readonly machine: string;
  readonly quick: boolean;
  readonly seconds: number;
  readonly lines: readonly Line[];
}

/** A figure that may not be above a limit; what is shown is rounded up, so that it never looks better than it is. */
export function atMost(what: string, figure: number, limit: number, unit: string, digits = 0): Line {
  // + 0, since what is next to nothing would be rounded up to -0
  const upward = Math.ceil(figure * 10 ** digits - 1e-9) / 10 ** digits + 0;
  return lineOf(what, `${round(upward, digits)}${unit}`, `≤ ${shown(limit)}${unit}`, figure <= limit);
}

/** A figure that may not be below a limit; what is shown is rounded down. */
export function atLeast(what: string, figure: number, limit: number, unit: string, digits = 0): Line {
  const downward = Math.floor(figure * 10 ** digits + 1e-9) / 10 ** digits;
  return lineOf(what, `${round(downward, digits)}${unit}`, `≥ ${shown(limit)}${unit}`, figure >= limit);
}

/** A figure that nothing is aimed at with. */
export function noted(what: string, figure: string): Line {
  return { what, figure, goal: '', verdict: 'noted' };
}

/** Something that could not be measured here. */
export function skipped(what: string, why: string): Line {
  return { what, figure: why, goal: '', verdict: 'skipped' };
}

/** A number for people: thousands with a comma, as many decimals as are asked for. */
export function round(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The middle of some values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function lineOf(what: string, figure: string, goal: string, isMet: boolean): Line {
  return { what, figure, goal, verdict: isMet ? 'met' : 'missed' };
}

function shown(limit: number): string {
  return limit.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
