/** The queries of `docs/recipes/`, as the tests run them. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { renderTable } from '../../src/report/table.ts';
import { expectGolden } from './golden.ts';
import { canonicalNumber, canonicalValue } from './tables.ts';

const FOLDER = new URL('../../docs/recipes/', import.meta.url);

/** Characters of a line of an answer. */
const SHOWN_WIDTH = 160;

/** A question and the query that answers it in each warehouse. */
export interface Recipe {
  /** `closed-month: The entries behind it`. */
  readonly name: string;
  /** The file without its ending. */
  readonly page: string;
  readonly bigquery: string;
  readonly duckdb: string;
}

/** All recipes, page by page; a question that does not have one query for each warehouse fails. */
export const RECIPES: readonly Recipe[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .toSorted()
  .flatMap((file) => recipesOf(file.replace(/\.md$/, ''), readFileSync(new URL(file, FOLDER), 'utf8')));

/** The pages that have recipes. */
export const PAGES: readonly string[] = [...new Set(RECIPES.map(({ page }) => page))];

/** Expects that a page's queries answer what stands in its golden file, which is the same for both warehouses. */
export async function expectAnswers(
  page: string,
  warehouse: 'bigquery' | 'duckdb',
  query: (sql: string) => Promise<readonly (readonly (string | null)[])[]>,
): Promise<void> {
  const runs = new Map<string, string>();
  const history = warehouse === 'bigquery' ? 'harvest_acme._sync_runs' : '_sync_runs';
  for (const [run, at] of await query(`SELECT run_id, started_at FROM ${history}`))
    runs.set(run ?? '', `run of ${at?.slice(0, 10)}`);
  const answers: string[] = [];
  for (const recipe of RECIPES.filter((each) => each.page === page)) {
    const rows = await query(recipe[warehouse]);
    expect(rows.length).toBeGreaterThan(0);
    const lines = rows.map((row) => row.map((value) => runs.get(value ?? '') ?? textOf(value)).join(' | '));
    answers.push(`${recipe.name.slice(page.length + 2)}\n\n${lines.join('\n')}\n`);
  }
  expectGolden(`test/golden/recipes/${page}.txt`, answers.join('\n'));
}

/**
 * Expects the answers that a page shows below its queries to be those of DuckDB; with `UPDATE_GOLDEN=1` it writes them.
 * Pages that show none are left as they are.
 */
export async function expectShownAnswers(
  page: string,
  query: (sql: string) => Promise<readonly (readonly (string | null)[])[]>,
): Promise<void> {
  const path = `docs/recipes/${page}.md`;
  let text = readFileSync(new URL(`${page}.md`, FOLDER), 'utf8');
  for (const { duckdb } of RECIPES.filter((each) => each.page === page)) {
    const names = await query(`SELECT column_name FROM (DESCRIBE ${duckdb})`);
    const rows = (await query(duckdb)).map((row) => row.map(textOf));
    const table = renderTable(
      names.map(([name], index) => ({
        title: name ?? '',
        align: rows.every((row) => /^(-?[\d.]+|NULL)$/.test(row[index] ?? '')) ? 'right' : 'left',
      })),
      rows.map((row) => row.map((value) => (value === 'NULL' ? '–' : value))),
      SHOWN_WIDTH,
    );
    const lines = table.map((line) => line.replace(/^ {2}/, '').trimEnd());
    // a query stands between fences of its own; an answer, where one is shown, in the next one
    const block = `${duckdb}\`\`\`\n\n\`\`\`text\n`;
    const at = text.indexOf(block);
    if (at < 0) continue;
    const from = at + block.length;
    text = `${text.slice(0, from)}${lines.join('\n')}\n${text.slice(text.indexOf('```', from))}`;
  }
  expectGolden(path, text);
}

/** A value as people read it: `13.000000000` → `13`. */
function textOf(value: string | null): string {
  return value === null ? 'NULL' : canonicalNumber(String(canonicalValue(value)));
}

function recipesOf(page: string, content: string): readonly Recipe[] {
  const [, ...sections] = content.split(/^## /m);
  return sections.map((section) => {
    const name = `${page}: ${section.slice(0, section.indexOf('\n'))}`;
    const queries = [...section.matchAll(/^```sql\n-- (\w+)\n([\s\S]*?)^```$/gm)];
    const query = (warehouse: string): string => {
      const found = queries.filter(([, of]) => of === warehouse);
      if (found.length !== 1 || queries.length !== 2)
        throw new Error(`${name} does not have one query for ${warehouse}`);
      return found[0]?.[2] ?? '';
    };
    return { name, page, bigquery: query('BigQuery'), duckdb: query('DuckDB') };
  });
}
