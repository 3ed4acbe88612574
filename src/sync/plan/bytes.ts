/**
 * What BigQuery bills at most for what a plan would write. Pure. Each stream with news is compared with its table and
 * committed: the staged rows, the checkpoints and the changed rows, and the table twice, and the same for its history. A
 * table counts with 10 MiB at least, and clustering keeps it below the whole of it.
 *
 * @see Google Cloud, BigQuery pricing, "On-demand compute pricing": 10 MB for each table that a query refers to (checked 2026-11-24)
 */

/** The least that a table counts with. */
const LEAST_BYTES = 10 * 1024 * 1024;

/** Beside the table itself: staged rows, `_sync_state`, changed rows. */
const OTHER_TABLES = 3;

/** A stream that writes. */
export interface Writing {
  readonly table: string;
  /** The table that keeps its versions; null: none does. */
  readonly history: string | null;
  /** How often it may compare and commit. */
  readonly times: number;
}

/**
 * Bytes that are billed at most, for tables as they are now.
 * @param sizes bytes by table; one that is not in here is not there yet
 * @param renamed tables in which names are spread, each written once
 */
export function bytesAtMost(
  writing: readonly Writing[],
  renamed: readonly string[],
  sizes: ReadonlyMap<string, number>,
): number {
  const sizeOf = (table: string): number => Math.max(LEAST_BYTES, sizes.get(table) ?? 0);
  let sum = 0;
  for (const { table, history, times } of writing) {
    const versions = history === null ? 0 : 2 * sizeOf(history);
    sum += times * (OTHER_TABLES * LEAST_BYTES + 2 * sizeOf(table) + versions);
  }
  for (const table of renamed) sum += sizeOf(table);
  return sum;
}
