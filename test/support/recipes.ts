/** The queries of `docs/recipes/`, as the tests run them. */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../docs/recipes/', import.meta.url);

/** A question and the query that answers it in each warehouse. */
export interface Recipe {
  /** `closed-month: The entries behind it`. */
  readonly name: string;
  /** The file without its ending. */
  readonly page: string;
  readonly bigquery: string;
  readonly duckdb: string;
}

/** All recipes, page by page. @throws Error where a question does not have one query for each warehouse */
export function readRecipes(): readonly Recipe[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .toSorted()
    .flatMap((file) => recipesOf(file.replace(/\.md$/, ''), readFileSync(new URL(file, FOLDER), 'utf8')));
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
