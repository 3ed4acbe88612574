/** What a load changes in report months that were read before, noted in the transaction of the rows. Pure. */
import type { Restated } from '../warehouse.ts';
import { typeName } from './columns.ts';
import { GONE, MOVED, UPDATE, type Bounds, type INSERT, type LoadShape, type UPSERT } from './load-sql.ts';
import {
  AT,
  columnList,
  literal,
  place,
  quote,
  sameKey,
  stampOf,
  typedLiteral,
  type Stamp,
  type Statement,
  type TableRef,
} from './sql.ts';

const NOTED = [
  'stream',
  'period_start',
  'entity_id',
  'currency',
  'column_name',
  'value_before',
  'value_after',
  'run_id',
  'noticed_at',
];

/** A table of changes, and what its new rows are called there. */
interface Changes {
  readonly from: TableRef;
  readonly insertedAs: typeof INSERT | typeof UPSERT;
  readonly bounds: Bounds;
}

/**
 * Notes in `_restatements` each value of these periods that the load changes: those of a new row with nothing before,
 * those of a row that goes with nothing after. Has to run before the load is written.
 */
export function noteRestated(
  { table, key, columns }: LoadShape,
  { from, insertedAs, bounds }: Changes,
  restated: Restated,
  restatements: TableRef,
  stamp: Stamp,
): Statement {
  const [period = '', entity = '', currency = ''] = key;
  const type = typeName(columns.find(({ name }) => name === period)?.type ?? '');
  const periods = restated.periods
    .map((value) => typedLiteral(type, value))
    .filter((value) => value !== null);
  const cells = restated.columns.map(
    (name) =>
      `STRUCT(${literal(name)} AS name, CAST(target.${quote(name)} AS STRING) AS value_before, CAST(changed.${quote(name)} AS STRING) AS value_after)`,
  );
  const bound =
    bounds === null ? '' : `\n  AND target.${quote(period)} BETWEEN ${bounds.least} AND ${bounds.greatest}`;
  return {
    sql: [
      `INSERT INTO ${place(restatements)} (${columnList(NOTED)})`,
      `SELECT ${literal(table.table)}, changed.${quote(period)}, CAST(changed.${quote(entity)} AS STRING), changed.${quote(currency)},`,
      `  cell.name, cell.value_before, cell.value_after, @run, ${AT}`,
      `FROM ${place(from)} AS changed`,
      `LEFT JOIN ${place(table)} AS target`,
      `  ON ${sameKey('target', 'changed', key)}${bound}`,
      'CROSS JOIN UNNEST([',
      `  ${cells.join(',\n  ')}`,
      ']) AS cell',
      `WHERE changed.\`_change\` IN (${[insertedAs, UPDATE, GONE, MOVED].map(literal).join(', ')})`,
      `  AND changed.${quote(period)} IN (${periods.join(', ')})`,
      '  AND cell.value_before IS DISTINCT FROM cell.value_after',
    ].join('\n'),
    parameters: stampOf(stamp),
  };
}
