import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { mayHaveHistory } from '../../src/catalog/history.ts';
import { budgetHistoryOf, historyOf, tableOf } from '../../src/catalog/tables.ts';
import { fieldsOf } from '../../src/warehouse/bigquery/columns.ts';
import type { Table } from '../../src/warehouse/table.ts';
import { catalogOf } from '../support/googlesql-catalog.ts';
import { startGoogleSql, whyNoGoogleSql } from '../support/googlesql.ts';
import type { Office } from '../support/office.ts';
import { expectAnswers, expectShownAnswers, PAGES, RECIPES } from '../support/recipes.ts';
import { liveThroughAutumn } from './autumn.ts';

/** Every table that a recipe may name, in the dataset that they are written for. */
function tables(): readonly Table[] {
  return [...loadCatalog().streams.values()].flatMap((stream) => [
    tableOf(stream, stream.columns, false),
    ...(mayHaveHistory(stream) ? [historyOf(stream, stream.columns)] : []),
    ...(stream.name === 'project_budget' ? [budgetHistoryOf(stream, stream.columns)] : []),
  ]);
}

const google = await startGoogleSql();
afterAll(async () => google?.[Symbol.asyncDispose]());

describe('the recipes for BigQuery', () => {
  const known = catalogOf(
    [...tables(), ...Object.values(HOUSEKEEPING)].map((table) => ({
      project: 'acme-data',
      dataset: 'harvest_acme',
      table: table.name,
      schema: { fields: fieldsOf(table) },
    })),
  );
  const analysed = google === null ? it.skip : it;
  if (google === null) process.stderr.write(`SKIPPED: Google’s analyser: ${whyNoGoogleSql() ?? 'none'}\n`);

  const alerts = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');
  const others = [...alerts.matchAll(/^```sql\n-- BigQuery\n([\s\S]*?)^```$/gm)].map(([, sql]) => sql ?? '');
  analysed.each([
    ...RECIPES.map(({ name, bigquery }) => [name, bigquery] as const),
    ...others.map((sql, at) => [`alerts: ${at + 1}`, sql] as const),
  ])('%s is accepted by Google’s analyser', async (_name, sql) => {
    const placed = sql.replaceAll('harvest_acme.', '`acme-data`.harvest_acme.');
    expect(await google?.analyseScript(placed, { tables: known })).toMatchObject([{ kind: 'query' }]);
  });
});

describe('the recipes for DuckDB', () => {
  let office: Office;
  beforeAll(async () => {
    office = await liveThroughAutumn();
  }, 120_000);
  afterAll(async () => office[Symbol.asyncDispose]());

  it.each(PAGES)('of %s answer what happened in the sandbox', async (page) => {
    await expectAnswers(page, 'duckdb', (sql) => office.query(sql));
    await expectShownAnswers(page, (sql) => office.query(sql));
  });
});
