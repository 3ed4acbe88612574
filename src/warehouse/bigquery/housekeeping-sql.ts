/** Statements for the connector's own tables: checkpoints, rejects, drift and the script around them. Pure. */
import { BUDGET_HISTORY } from '../../catalog/tables.ts';
import type { DriftNote, StateChange } from '../warehouse.ts';
import {
  AT,
  columnList,
  place,
  quote,
  stampOf,
  text,
  type Parameter,
  type Stamp,
  type Statement,
  type TableRef,
} from './sql.ts';

const STATE_COLUMNS = ['stream', 'version', 'cursor', 'state', 'run_id', 'committed_at'];

/** What a script says when a checkpoint is not what it was expected to be. */
export const CHECKPOINT_MOVED = 'harvest-bq: a checkpoint has moved';

/**
 * Writes checkpoints if every stored version is still the expected one, and ends the transaction otherwise. They are
 * appended and never changed, so that transactions of different streams cannot get into each other's way.
 * @see Google Cloud, BigQuery, "Multi-statement transactions", transaction concurrency (checked 2026-11-24)
 */
export function writeStates(states: readonly StateChange[], table: TableRef, stamp: Stamp): Statement {
  const sql = [
    `INSERT INTO ${place(table)} (${columnList(STATE_COLUMNS)})`,
    `SELECT next.stream, next.expected + 1, TIMESTAMP(next.cursor_at), PARSE_JSON(next.notes), @run, ${AT}`,
    'FROM UNNEST(@states) AS next',
    'LEFT JOIN (',
    `  SELECT \`stream\`, MAX(\`version\`) AS version FROM ${place(table)}`,
    '  WHERE `stream` IN (SELECT wanted.stream FROM UNNEST(@states) AS wanted) GROUP BY `stream`',
    ') AS stored ON stored.`stream` = next.stream',
    'WHERE IFNULL(stored.version, 0) = next.expected;',
    `IF @@row_count != ${states.length} THEN`,
    `  RAISE USING MESSAGE = '${CHECKPOINT_MOVED}';`,
    'END IF',
  ].join('\n');
  const value = states.map(({ stream, expectedVersion, cursor, state }) => ({
    stream,
    expected: String(expectedVersion),
    cursor_at: cursor,
    notes: JSON.stringify(state ?? null),
  }));
  const fields = { stream: 'STRING', expected: 'INT64', cursor_at: 'STRING', notes: 'STRING' } as const;
  return { sql, parameters: [{ name: 'states', type: 'STRUCT[]', fields, value }, ...stampOf(stamp)] };
}

/** Writes checkpoints of which the caller has seen that they may be written. Reads nothing, so it bills nothing. */
export function appendStates(states: readonly StateChange[], table: TableRef, stamp: Stamp): Statement {
  const rows = states.map(
    (_state, at) =>
      `  (@stream_${at}, @version_${at}, TIMESTAMP(@cursor_${at}), PARSE_JSON(@notes_${at}), @run, ${AT})`,
  );
  const parameters = states.flatMap(
    ({ stream, expectedVersion, cursor, state }, at): readonly Parameter[] => [
      text(`stream_${at}`, stream),
      { name: `version_${at}`, type: 'INT64', value: String(expectedVersion + 1) },
      text(`cursor_${at}`, cursor),
      text(`notes_${at}`, JSON.stringify(state ?? null)),
    ],
  );
  return {
    sql: `INSERT INTO ${place(table)} (${columnList(STATE_COLUMNS)}) VALUES\n${rows.join(',\n')}`,
    parameters: [...parameters, ...stampOf(stamp)],
  };
}

/** Forgets checkpoints that were followed by newer ones. */
export function pruneStates(table: TableRef, before: string): Statement {
  return {
    sql: [
      `DELETE FROM ${place(table)} AS old`,
      'WHERE old.`committed_at` < TIMESTAMP(@before)',
      `  AND old.\`version\` < (SELECT MAX(newer.\`version\`) FROM ${place(table)} AS newer WHERE newer.\`stream\` = old.\`stream\`)`,
    ].join('\n'),
    parameters: [text('before', before)],
  };
}

/** Forgets what was noted before an instant; of checkpoints and daily budgets those that newer ones follow. */
export function pruneNotes(table: TableRef, before: string, asked: string): Statement {
  const { sql, parameters } = notedBefore(table, before);
  return { sql: `-- ${asked}\n${sql}`, parameters };
}

function notedBefore(table: TableRef, before: string): Statement {
  if (table.table === '_sync_state') return pruneStates(table, before);
  if (table.table === BUDGET_HISTORY) {
    return {
      sql: [
        `DELETE FROM ${place(table)} WHERE \`snapshot_date\` < DATE(TIMESTAMP(@before))`,
        `  AND \`snapshot_date\` < (SELECT MAX(newer.\`snapshot_date\`) FROM ${place(table)} AS newer)`,
      ].join('\n'),
      parameters: [text('before', before)],
    };
  }
  return {
    sql: `DELETE FROM ${place(table)} WHERE \`noticed_at\` < TIMESTAMP(@before)`,
    parameters: [text('before', before)],
  };
}

/** Copies staged rows into a housekeeping table. */
export function insertStaged(into: TableRef, staged: TableRef, columns: readonly string[]): Statement {
  return {
    sql: `INSERT INTO ${place(into)} (${columnList(columns)})\nSELECT ${columnList(columns)} FROM ${place(staged)}`,
    parameters: [],
  };
}

/** Counts drift: known paths go up, new ones are added. */
export function countDrift(notes: readonly DriftNote[], table: TableRef, stamp: Stamp): Statement {
  const sums = new Map<string, { stream: string; path: string; type_seen: string; occurrences: number }>();
  for (const { stream, path, typeSeen, occurrences } of notes) {
    const id = JSON.stringify([stream, path, typeSeen]);
    const before = sums.get(id)?.occurrences ?? 0;
    sums.set(id, { stream, path, type_seen: typeSeen, occurrences: before + occurrences });
  }
  const fields = { stream: 'STRING', path: 'STRING', type_seen: 'STRING', occurrences: 'INT64' } as const;
  const value = [...sums.values()].map((sum) => ({ ...sum, occurrences: String(sum.occurrences) }));
  const same = ['stream', 'path', 'type_seen'].map((name) => `drift.${quote(name)} = seen.${name}`);
  return {
    sql: [
      `MERGE INTO ${place(table)} AS drift`,
      'USING (SELECT noted.stream, noted.path, noted.type_seen, noted.occurrences FROM UNNEST(@drift) AS noted) AS seen',
      `ON ${same.join(' AND ')}`,
      'WHEN MATCHED THEN UPDATE SET',
      `  \`occurrences\` = drift.\`occurrences\` + seen.occurrences, \`last_seen_at\` = ${AT}`,
      'WHEN NOT MATCHED BY TARGET THEN',
      '  INSERT (`stream`, `path`, `type_seen`, `occurrences`, `first_seen_at`, `last_seen_at`)',
      `  VALUES (seen.stream, seen.path, seen.type_seen, seen.occurrences, ${AT}, ${AT})`,
    ].join('\n'),
    parameters: [{ name: 'drift', type: 'STRUCT[]', fields, value }, ...stampOf(stamp)],
  };
}

/**
 * One transaction of these statements. Where some of them rename, the script answers in a column `renamed` how many
 * rows that touched; those that come `after` do not count.
 */
export function transaction(
  before: readonly Statement[],
  renames: readonly Statement[],
  after: readonly Statement[] = [],
): Statement {
  const counts = renames.length > 0;
  const lines = [
    ...(counts ? ['DECLARE renamed_rows INT64 DEFAULT 0;'] : []),
    'BEGIN TRANSACTION;',
    ...before.map(({ sql }) => `${sql};`),
    ...renames.map(({ sql }) => `${sql};\nSET renamed_rows = renamed_rows + @@row_count;`),
    ...after.map(({ sql }) => `${sql};`),
    'COMMIT TRANSACTION;',
    ...(counts ? ['SELECT renamed_rows AS renamed;'] : []),
  ];
  const parameters = new Map(
    [...before, ...renames, ...after].flatMap((each) => each.parameters).map((each) => [each.name, each]),
  );
  return { sql: lines.join('\n'), parameters: [...parameters.values()] };
}
