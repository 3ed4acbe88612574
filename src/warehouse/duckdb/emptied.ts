import { refuseKeys, sortColumns, tablesOfStream, type EmptiedColumns } from '../emptied-columns.ts';
import { withoutColumns } from '../reject-text.ts';
import type { Emptied, Emptying } from '../warehouse.ts';
import type { Session } from './client.ts';
import type { LiveTable } from './columns.ts';
import { createEmptied, dropRestated, readRejects, writeRejects } from './emptied-sql.ts';
import { readLiveTables } from './live.ts';
import type { Stamp } from './load-sql.ts';
import { replaceRows } from './replace.ts';
import { saveStates } from './state.ts';

/** Rejects that are rewritten by one statement. */
const REJECTS_AT_ONCE = 1_000;

/** Empties columns of streams in one transaction with the checkpoints. @throws ConnectorError STATE_CONFLICT */
export function emptyColumns(
  session: Session,
  emptying: Emptying,
  wrote: (table: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const stamp = { at: emptying.committedAt, run: emptying.runId };
  return session.transaction(async () => {
    await saveStates(session, emptying.states, stamp);
    const touched = new Map<string, number>();
    const count = (table: string, rows: number): void => {
      if (rows > 0) touched.set(table, (touched.get(table) ?? 0) + rows);
    };
    for (const emptied of emptying.streams) {
      const columns = sortColumns(emptied.columns);
      const names = tablesOfStream(emptied.stream);
      const live = await readLiveTables(session, [...names, '_rejects', '_restatements']);
      for (const table of names.map((name) => live.get(name.toLowerCase()))) {
        if (table === undefined) continue;
        wrote(table.name);
        count(table.name, await emptyTable(session, table, columns, table.name === names[0] ? stamp : null));
      }
      if (live.has('_rejects')) count('_rejects', await emptyRejects(session, emptied));
      if (live.has('_restatements')) {
        count('_restatements', await session.run(dropRestated(emptied.stream, columns.whole)));
      }
    }
    return touched;
  });
}

async function emptyTable(
  session: Session,
  live: LiveTable,
  columns: EmptiedColumns,
  stamp: Stamp | null,
): Promise<number> {
  refuseKeys(live.name, live.primaryKey, columns.whole);
  const replacement = {
    table: live.name,
    key: live.primaryKey,
    columns: live.columns.map(({ name }) => name),
    next: 'next_of_emptied',
  };
  const create = createEmptied(live, columns, replacement, stamp);
  return create === null ? 0 : replaceRows(session, replacement, create);
}

async function emptyRejects(session: Session, { stream, columns }: Emptied): Promise<number> {
  const { rows } = await session.read(readRejects(stream));
  const rewritten = rows.flatMap(([row, record]): readonly (readonly [string, string])[] => {
    const left = withoutColumns(record ?? '', columns);
    return left === null || row === null || row === undefined ? [] : [[row, left]];
  });
  for (let at = 0; at < rewritten.length; at += REJECTS_AT_ONCE) {
    await session.run(writeRejects(rewritten.slice(at, at + REJECTS_AT_ONCE)));
  }
  return rewritten.length;
}
