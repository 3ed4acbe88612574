/** What a load changes in report months that were read before, noted before it is written. Pure. */
import type { Restated } from '../warehouse.ts';
import { INSERT, UPDATE, type LoadColumn, type LoadShape, type Stamp } from './load-sql.ts';
import {
  columnList,
  jsonValue,
  kept,
  literal,
  quote,
  sameKey,
  temporary,
  textItems,
  type Statement,
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

/**
 * Notes in `_restatements` each value of these periods that the load changes: those of a new row with nothing before,
 * those of a row that goes with nothing after. Has to run before the load is written; `hasGone`: whether rows go.
 */
export function noteRestated(
  shape: LoadShape,
  restated: Restated,
  hasGone: boolean,
  stamp: Stamp,
): Statement {
  const { table, staged, gone, key } = shape;
  const [period = '', entity = '', currency = ''] = key;
  const columns = shape.columns.filter(({ name }) => restated.columns.includes(name));
  const rows = (alias: string, before: string | null, after: string | null): string =>
    `SELECT ${columnList(key, alias)}, unnest([${columns.map((column) => cell(column, before, after)).join(', ')}]) AS "cell"`;
  const parts = [
    rows('staged', 'target', 'staged'),
    `FROM ${temporary(staged)} AS staged LEFT JOIN ${kept(table)} AS target ON ${sameKey('target', 'staged', key)}`,
    `WHERE staged."_change" IN (${[INSERT, UPDATE].map(literal).join(', ')})`,
  ];
  if (hasGone) {
    parts.push(
      'UNION ALL',
      rows('target', 'target', null),
      `FROM ${temporary(gone)} AS gone JOIN ${kept(table)} AS target ON ${sameKey('target', 'gone', key)}`,
    );
  }
  return {
    sql: [
      `INSERT INTO ${kept('_restatements')} (${columnList(NOTED)})`,
      `SELECT ${literal(table)}, ${quote(period)}, CAST(${quote(entity)} AS VARCHAR), ${quote(currency)},`,
      `  "cell"."name", "cell"."before", "cell"."after", $run, $at::TIMESTAMPTZ`,
      `FROM (\n${parts.join('\n')}\n) AS changed`,
      `WHERE "cell"."before" IS DISTINCT FROM "cell"."after"`,
      `  AND CAST(${quote(period)} AS VARCHAR) IN (${textItems('periods')})`,
    ].join('\n'),
    values: { ...stamp, periods: jsonValue(restated.periods) },
  };
}

function cell(column: LoadColumn, before: string | null, after: string | null): string {
  const { name, type, liveType } = column;
  const value = (alias: string | null, of: string): string =>
    alias === null ? 'CAST(NULL AS VARCHAR)' : asText(`${alias}.${quote(name)}`, of);
  const parts = [literal(name), value(before, liveType), value(after, type)];
  return `{'name': ${parts[0]}, 'before': ${parts[1]}, 'after': ${parts[2]}}`;
}

/** A value as text; a decimal as BigQuery writes it, without zeros at its end: `1.500000000` → `1.5`. */
function asText(value: string, type: string): string {
  const text = `CAST(${value} AS VARCHAR)`;
  return type.startsWith('DECIMAL') ? `rtrim(rtrim(${text}, '0'), '.')` : text;
}
