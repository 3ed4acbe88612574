/**
 * The file that is uploaded for a load. Enters: the spooled rows in their order of arrival, and the keys that have to
 * go or to stay. Leaves: a file in which every key stands once, with what is meant by it in `_change`, its SHA-256, and
 * what can be said of its rows without asking BigQuery. Memory holds keys, never rows.
 */
import { findColumn } from '../own-columns.ts';
import { lineBlocksOf } from '../spool-lines.ts';
import type { RowValue } from '../table.ts';
import type { TableLoad, Transition } from '../warehouse.ts';
import { BlockFile } from './block-file.ts';
import { typeName, type Field } from './columns.ts';
import { LOSE, REMOVE, SPARE, UPSERT, type Bounds } from './load-sql.ts';
import { typedLiteral } from './sql.ts';
import { Extent } from './extent.ts';
import { Transitions } from './transitions.ts';

/** A file that is ready for a load job. */
export interface StagedFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly digest: string;
  /** Rows to be added or updated; their keys all differ. */
  readonly upserts: number;
  /** Rows that another row of the same key outdid. */
  readonly duplicates: number;
  /** Keys that have to go or to stay, beside those of the rows. */
  readonly marks: number;
  readonly bounds: Bounds;
  /** How the watched columns change if the table is empty. */
  readonly transitions: readonly Transition[];
}

/** A row as it stands in a spool. */
type SpooledRow = Readonly<Record<string, RowValue>>;

/** Which of the spooled rows count. */
interface Winners {
  readonly keys: ReadonlySet<string>;
  /** Numbers of the lines that another line of the same key outdoes. */
  readonly losers: ReadonlySet<number>;
  readonly lines: number;
  readonly extent: Extent;
  /** How the watched columns change by all of the lines: what those that count change, where all of them do. */
  readonly seen: Transitions;
}

/** Writes the file of a load to `path`. @throws ConnectorError DISK_FULL, WAREHOUSE_UNWRITABLE */
export async function writeStagedFile(
  load: TableLoad,
  fields: readonly Field[],
  path: string,
): Promise<StagedFile> {
  const { keys, losers, lines, extent, seen } = await findWinners(load, fields);
  await using file = await BlockFile.create(path);
  const seenOfWinners = new Transitions();
  let number = 0;
  for await (const block of spooledBlocks(load)) {
    const upserts: string[] = [];
    for (const line of block) {
      number += 1;
      if (losers.has(number)) continue;
      if (losers.size > 0) see(JSON.parse(line) as SpooledRow, load, seenOfWinners);
      upserts.push(`{"_change":"${UPSERT}"${line.replace(/^\{"_seq":\d+/, '')}`);
    }
    await file.lines(upserts);
  }
  const marked = new Set<string>();
  for (const [kind, all] of [
    [REMOVE, load.removals],
    [SPARE, load.spared],
    [LOSE, load.gone],
  ] as const) {
    for (const parts of all) {
      const row = markOf(parts, load, fields);
      const key = row === null ? null : keyOf(row, load);
      if (row === null || key === null || keys.has(key) || marked.has(key)) continue;
      marked.add(key);
      extent.see(row);
      await file.line(JSON.stringify({ _change: kind, ...row }));
    }
  }
  // a table of no rows is made by a row that means nothing, so that there is one way only
  if (lines + marked.size === 0) await file.line(JSON.stringify({ _change: SPARE }));
  const digest = await file.end();
  const { bytes } = file;
  const upserts = lines - losers.size;
  const transitions = (losers.size > 0 ? seenOfWinners : seen).all;
  return {
    path,
    bytes,
    digest,
    upserts,
    duplicates: losers.size,
    marks: marked.size,
    bounds: extent.bounds,
    transitions,
  };
}

async function* spooledBlocks({ files }: TableLoad): AsyncGenerator<readonly string[]> {
  for (const file of files) {
    for await (const block of lineBlocksOf(file)) yield block.filter((line) => line !== '');
  }
}

/** Of the rows of one key the newest counts, of equally new ones the one that arrived last. */
async function findWinners(load: TableLoad, fields: readonly Field[]): Promise<Winners> {
  const best = new Map<string, { readonly line: number; readonly newest: number }>();
  const losers = new Set<number>();
  const extent = new Extent(load.table.primaryKey[0] ?? '', fields);
  const seen = new Transitions();
  let lines = 0;
  for await (const block of spooledBlocks(load)) {
    for (const line of block) {
      lines += 1;
      const row = JSON.parse(line) as SpooledRow;
      const key = keyOf(row, load);
      const newest = instantOf(row[load.table.newestBy ?? '']);
      const rival = best.get(key);
      extent.see(row);
      see(row, load, seen);
      if (rival !== undefined && rival.newest > newest) losers.add(lines);
      else {
        if (rival !== undefined) losers.add(rival.line);
        best.set(key, { line: lines, newest });
      }
    }
  }
  return { keys: new Set(best.keys()), losers, lines, extent, seen };
}

function instantOf(value: RowValue | undefined): number {
  return typeof value === 'string' ? Date.parse(value) : Number.NEGATIVE_INFINITY;
}

/** A key in one spelling: `1`, `"1"` and `"01"` are the same INT64. */
function keyOf(row: SpooledRow, { table }: TableLoad): string {
  const parts = table.primaryKey.map((name) => {
    const text = textOf(row[name]) ?? '';
    return findColumn(table.columns, name)?.type === 'INT64' && /^-?\d+$/.test(text)
      ? String(BigInt(text))
      : text;
  });
  return JSON.stringify(parts);
}

/** A row that holds a key only; null where a part is no value of its column, so that it can be no row's key. */
function markOf(
  parts: readonly string[],
  { table }: TableLoad,
  fields: readonly Field[],
): Readonly<Record<string, string>> | null {
  const row: Record<string, string> = {};
  for (const [at, name] of table.primaryKey.entries()) {
    const type = typeName(findColumn(fields, name)?.type ?? '');
    const part = parts[at] ?? '';
    if (typedLiteral(type, part) === null) return null;
    row[name] = part;
  }
  return row;
}

function see(row: SpooledRow, { watch, table }: TableLoad, seen: Transitions): void {
  if (watch.length === 0) return;
  const after = watch.map((name) => textOf(row[name]));
  seen.see({ before: null, after, latest: textOf(row[table.newestBy ?? '']) });
}

function textOf(value: RowValue | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
