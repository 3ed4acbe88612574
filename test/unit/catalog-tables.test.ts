import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { chooseColumns } from '../../src/catalog/choose-columns.ts';
import { DEFAULT_HISTORY, historyName, mayHaveHistory, versionedColumns } from '../../src/catalog/history.ts';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import type { Stream } from '../../src/catalog/stream.ts';
import {
  BUDGET_HISTORY,
  budgetHistoryOf,
  flatViewsOf,
  historyOf,
  seenBy,
  tableOf,
} from '../../src/catalog/tables.ts';
import type { ColumnChoice } from '../../src/config/config.ts';

const catalog = loadCatalog();

function named(name: string): Stream {
  const stream = catalog.streams.get(name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream;
}

describe('tableOf', () => {
  it('keeps name, type, mode, description and fields, and nothing of the record', () => {
    const stream = named('estimates');
    const table = tableOf(stream, stream.columns, true);
    expect(table).toMatchObject({
      kind: 'stream',
      primaryKey: ['id'],
      newestBy: 'updated_at',
      marksDeletions: true,
    });
    const list = table.columns.find(({ name }) => name === 'line_items');
    expect(Object.keys(list ?? {})).toEqual(['name', 'type', 'mode', 'description', 'fields']);
    expect(Object.keys(list?.fields?.[0] ?? {})).toEqual(['name', 'type', 'mode', 'description']);
  });

  it('lets the newest win only where there is a cursor', () => {
    expect(tableOf(named('roles'), named('roles').columns, false)).not.toHaveProperty('newestBy');
  });
});

describe('seenBy', () => {
  const stream = named('clients');
  const table = tableOf(stream, stream.columns, false);

  it('says in the description whose eyes a table is kept up to date with', () => {
    expect(seenBy(table, 'member')).toEqual({
      ...table,
      description: `${stream.description} Kept up to date only as far as a member may see.`,
    });
  });

  it('says nothing of an administrator', () => {
    expect(seenBy(table, null)).toBe(table);
  });
});

describe('budgetHistoryOf', () => {
  it('puts the day before the columns and into the key', () => {
    const table = budgetHistoryOf(named('project_budget'), named('project_budget').columns);
    expect(table.columns[0]).toMatchObject({ name: 'snapshot_date', type: 'DATE', mode: 'REQUIRED' });
    expect(table.primaryKey).toEqual(['snapshot_date', 'project_id']);
  });
});

describe('historyOf', () => {
  it('puts what it says of a version behind the columns, and its beginning into the key', () => {
    const stream = named('billable_rates');
    const table = historyOf(stream, stream.columns);
    expect(table).toMatchObject({ name: 'billable_rates_history', kind: 'history' });
    expect(table.primaryKey).toEqual(['id', '_valid_from']);
    const own = ['_valid_from', '_valid_to', '_is_deleted', '_run_id'];
    expect(table.columns.slice(-4).map(({ name }) => name)).toEqual(own);
    expect(versionedColumns(table)).toEqual(tableOf(stream, stream.columns, false).columns);
  });

  it('is for lists of records alone, and no name of a history is that of another table', () => {
    const all = [...catalog.streams.values()];
    const without = all.filter((stream) => !mayHaveHistory(stream)).map(({ name }) => name);
    expect(without.toSorted()).toEqual(
      [
        'company',
        'expenses_categories',
        'expenses_clients',
        'expenses_projects',
        'expenses_team',
        'project_budget',
        'time_clients',
        'time_projects',
        'time_tasks',
        'time_team',
        'uninvoiced',
      ].toSorted(),
    );
    expect(all.filter(mayHaveHistory).map(({ name }) => historyName(name))).not.toContain(BUDGET_HISTORY);
    expect(DEFAULT_HISTORY.filter((name) => !mayHaveHistory(named(name)))).toEqual([]);
  });
});

describe('flatViewsOf', () => {
  const views = (stream: string, part: Partial<ColumnChoice>) =>
    flatViewsOf(
      named(stream),
      chooseColumns(named(stream), { include: null, exclude: [], hash: [], ...part }),
    );

  it('repeats the document beside each line', () => {
    const [view] = views('invoices', {});
    expect(view).toMatchObject({ name: 'invoice_line_items', table: 'invoices', list: 'line_items' });
    expect(view?.columns.map(({ as }) => as)).toEqual([
      'invoice_id',
      'invoice_number',
      'client_id',
      'client_name',
      'issue_date',
      'currency',
      'state',
    ]);
    expect(view?.fields[0]).toEqual({ name: 'id', as: 'line_item_id' });
    expect(view?.fields.map(({ as }) => as)).toContain('project_name');
  });

  it('leaves out what was not chosen', () => {
    const [view] = views('estimates', { include: ['line_items.amount', 'currency'] });
    expect(view?.name).toBe('estimate_line_items');
    expect(view?.columns.map(({ as }) => as)).toEqual(['estimate_id', 'issue_date', 'currency']);
    expect(view?.fields).toEqual([{ name: 'amount', as: 'amount' }]);
  });

  it('gives no view without line items, or of other streams', () => {
    expect(views('invoices', { exclude: ['line_items'] })).toEqual([]);
    expect(views('project_assignments', {})).toEqual([]);
  });

  it('never names two columns of a view alike', () => {
    for (const stream of ['invoices', 'estimates']) {
      const names = views(stream, {}).flatMap((view) =>
        [...view.columns, ...view.fields].map(({ as }) => as),
      );
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe('HOUSEKEEPING', () => {
  const columns = (table: keyof typeof HOUSEKEEPING) =>
    HOUSEKEEPING[table].columns.map(({ name }) => name).join(' ');

  it('has the columns that readers rely on', () => {
    expect(columns('syncState')).toBe('stream version cursor state run_id committed_at');
    expect(columns('syncRuns')).toMatch(
      /^run_id command started_at finished_at outcome exit_code rows_fetched rows_loaded rows_rejected rows_skipped rows_deleted requests /,
    );
    expect(columns('syncStreams')).toBe(
      'run_id stream outcome error_code rows_fetched rows_loaded rows_rejected rows_skipped rows_deleted requests seconds bytes_billed rows_inserted rows_updated started_at finished_at reason error_message next_step',
    );
    expect(columns('rejects')).toBe('stream record_key path reason record run_id rejected_at');
    expect(columns('schemaDrift')).toBe('stream path type_seen occurrences first_seen_at last_seen_at');
    expect(columns('deletions')).toBe('stream record_key how run_id found_at');
    expect(columns('restatements')).toBe(
      'stream period_start entity_id currency column_name value_before value_after run_id noticed_at',
    );
  });

  it('describes every table and column', () => {
    const tables = Object.values(HOUSEKEEPING);
    expect(tables.every(({ name, kind }) => name.startsWith('_') && kind === 'housekeeping')).toBe(true);
    const texts = tables.flatMap((table) => [table, ...table.columns]).map(({ description }) => description);
    expect(texts.every((text) => text.endsWith('.'))).toBe(true);
  });
});
