/** In how many parts staged rows are compared with their table. Pure. */
import type { LoadShape } from './load-sql.ts';
import { temporary, type Statement } from './sql.ts';

/**
 * Rows that are compared at once: the join of 2,000,000 with their table did not fit into DuckDB's limit, that of 1,000,000 did. A
 * window of a first load is a twelfth of this; a list that is read again as a whole may be more.
 */
export const COMPARED_AT_ONCE = 500_000;

/** Staged rows by when they arrived. */
export interface SequenceRange {
  readonly from: number;
  /** The first one that is not in it. */
  readonly to: number;
}

/** When the first and the last of the staged rows arrived. */
export function readSequence({ staged }: Pick<LoadShape, 'staged'>): Statement {
  return { sql: `SELECT min("_seq"), max("_seq") FROM ${temporary(staged)}` };
}

/** Ranges of a sequence that hold so many rows, each about `most` of them where no other list was read for a part of the time only. */
export function rangesOf(rows: number, { from, to }: SequenceRange, most: number): readonly SequenceRange[] {
  const count = Math.max(1, Math.ceil(rows / most));
  const step = Math.ceil((to - from) / count);
  return Array.from({ length: count }, (_, nth) => ({
    from: from + nth * step,
    to: Math.min(to, from + (nth + 1) * step),
  }));
}
