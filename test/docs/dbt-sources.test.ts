import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { dbtSources } from '../../src/catalog/dbt-sources.ts';
import { expectGolden } from '../support/golden.ts';

interface Sources {
  readonly sources: readonly {
    readonly tables: readonly {
      readonly name: string;
      readonly columns: readonly { readonly name: string }[];
    }[];
  }[];
}

describe('the sources for dbt', () => {
  const catalog = loadCatalog();
  const text = dbtSources(catalog);

  it('docs/dbt/sources.yml is what the catalogue says', () => {
    expectGolden('docs/dbt/sources.yml', text);
  });

  it('name every stream with every column', () => {
    const tables = new Map((parse(text) as Sources).sources[0]?.tables.map((table) => [table.name, table]));
    for (const { name, columns } of catalog.streams.values()) {
      const there = tables.get(name)?.columns.map((column) => column.name);
      expect(there).toEqual([...columns.map((column) => column.name), '_synced_at', '_run_id']);
    }
  });
});
