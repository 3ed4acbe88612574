/**
 * Digests that tell whether content is the same as when it was last stored. Pure. Enters: rows exactly as they are
 * spooled, with the unknown properties of their records, so that a new one is noticed even where it changes no
 * column. Leaves: 32 hex digits. Always holds: the order in which the rows of a list came does not matter.
 *
 * A rename (`renames.ts`) changes names in stored rows. The digests of these tables are forgotten then. Should a run
 * be killed between the two, nothing is wrong either: a digest stands for what Harvest sent. If Harvest sends the very
 * same again, it shows the old name again, so the record that gives the name has changed since it was stored: its
 * own stream notices that, and spreads the name to all rows that embed it, whether they were staged or not.
 */
import { hash } from 'node:crypto';
import type { Row } from '../warehouse/table.ts';
import type { DriftNote, TableLoad } from '../warehouse/warehouse.ts';

/** An unknown property of one record. */
export type SeenDrift = Pick<DriftNote, 'path' | 'typeSeen'>;

/** Hex digits of a digest: enough that two contents never meet, few enough for a thousand of them in the notes. */
const DIGITS = 32;

/** The digest of one row. */
export function rowDigest(row: Row, drift: readonly SeenDrift[]): string {
  const unknown = new Set(drift.map(({ path, typeSeen }) => `${path}\n${typeSeen}`));
  return digestOf(JSON.stringify([row, ...[...unknown].toSorted()]));
}

/**
 * The digest of all rows of a scope, from their own digests. What becomes of rows that are gone belongs to it: after
 * `sync.deletes` was changed the same content asks for another table.
 */
export function contentDigest(rows: Iterable<string>, deletes: TableLoad['deletes']): string {
  return digestOf([deletes, ...[...rows].toSorted()].join('\n'));
}

const EMPTY: ReadonlySet<string> = new Set(
  (['remove', 'mark', 'keep'] as const).map((deletes) => contentDigest([], deletes)),
);

/** Whether a digest stands for no rows at all. */
export function isEmptyContent(digest: string): boolean {
  return EMPTY.has(digest);
}

function digestOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, DIGITS);
}
