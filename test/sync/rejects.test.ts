import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf } from '../support/office.ts';
import { numberOf, pick, recordsOf } from '../support/pick.ts';

describe('a record with a value of the wrong type', () => {
  it('does not take the stored row away in a full refresh', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['tasks'] });
    office.sandbox.faults.add({ match: '/v2/tasks', do: 'malformed', field: 'is_active', value: 1 });
    const run = await office.sync({ streams: ['tasks'], fullRefresh: true });
    expect(resultOf(run, 'tasks')).toMatchObject({ outcome: 'ok', rejected: 1, deleted: 0 });
    expect(await office.differences({ streams: ['tasks'] })).toEqual([]);
  });

  it('is kept in _rejects with its place and reason, counted, and the others are stored', async () => {
    await using office = await openOffice();
    office.sandbox.faults.add({ match: '/v2/tasks', do: 'malformed', field: 'is_active', value: 'yes' });
    const run = await office.sync({ streams: ['tasks'] });
    expect(run.result).toMatchObject({ outcome: 'ok', exit_code: 0 });
    const tasks = recordsOf(office, 'tasks');
    const { fetched, loaded, rejected, skipped } = resultOf(run, 'tasks');
    expect([fetched, loaded, rejected, skipped]).toEqual([tasks.length, tasks.length - 1, 1, 0]);
    const [id] = [pick(office, 'tasks').id];
    const rejects = await office.query(
      "SELECT stream, record_key, path, reason, run_id, record ->> '$.name' FROM _rejects",
    );
    expect(rejects).toEqual([
      [
        'tasks',
        String(id),
        'is_active',
        'expected boolean, got string',
        run.result.run_id,
        pick(office, 'tasks')['name'],
      ],
    ]);
    expect(await numberOf(office, `SELECT count(*) FROM tasks WHERE id = ${id}`)).toBe(0);
    expect(run.events.filter(({ event }) => event === 'rows.rejected')).toHaveLength(1);
    expect(await office.query('SELECT rows_fetched, rows_loaded, rows_rejected FROM _sync_runs')).toEqual([
      [String(fetched), String(loaded), '1'],
    ]);
  });

  it('keeps the row that is stored already, and is stored again once it is well', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['tasks'] });
    const task = pick(office, 'tasks');
    office.sandbox.account.update('tasks', task.id, { name: 'New name' });
    office.sandbox.faults.add({ match: '/v2/tasks', do: 'malformed', field: 'is_active', value: 1 });
    const run = await office.sync({ streams: ['tasks'] });
    expect(resultOf(run, 'tasks')).toMatchObject({ outcome: 'ok', rejected: 1, deleted: 0 });
    const names = `SELECT name FROM tasks WHERE id = ${task.id}`;
    expect(await office.query(names)).toEqual([[task['name']]]);
    const again = await office.sync({ streams: ['tasks'] });
    expect(again.result.totals.rejected).toBe(0);
    expect(await office.query(names)).toEqual([['New name']]);
  });

  it('fails its stream under on_invalid: fail, with nothing stored', async () => {
    await using office = await openOffice();
    office.sandbox.faults.add({ match: '/v2/tasks', do: 'malformed', field: 'is_active', value: 'yes' });
    const run = await office.sync({ streams: ['tasks'], config: { sync: { onInvalid: 'fail' } } });
    expect(run.result).toMatchObject({ outcome: 'failed', exit_code: 8 });
    expect(resultOf(run, 'tasks').failure).toMatchObject({ code: 'RECORD_INVALID' });
    for (const table of ['tasks', '_rejects', "_sync_state WHERE stream = 'tasks'"]) {
      expect(await numberOf(office, `SELECT count(*) FROM ${table}`)).toBe(0);
    }
  });
});

describe('a property that the schema does not know', () => {
  it('is noted in _schema_drift, counted over runs, never loaded and never shown with its value', async () => {
    await using office = await openOffice();
    const { faults } = office.sandbox;
    faults.add({ match: '/v2/tasks', do: 'malformed', field: 'mood', value: 'ZZ-splendid', times: 0 });
    const first = await office.sync({ streams: ['tasks'] });
    expect(first.result).toMatchObject({ outcome: 'ok', totals: { rejected: 0 } });
    const drift = 'SELECT stream, path, type_seen, occurrences FROM _schema_drift';
    expect(await office.query(drift)).toEqual([['tasks', 'mood', 'string', '1']]);
    await office.sync({ streams: ['tasks'], fullRefresh: true });
    expect(await office.query(drift)).toEqual([['tasks', 'mood', 'string', '2']]);
    expect(
      await numberOf(office, 'SELECT count(*) FROM _schema_drift WHERE first_seen_at < last_seen_at'),
    ).toBe(1);
    const columns = await office.query("SELECT column_name FROM duckdb_columns() WHERE column_name = 'mood'");
    expect(columns).toEqual([]);
    expect(JSON.stringify(first.events)).not.toContain('ZZ-splendid');
  });

  it('is noted inside a list, too', async () => {
    await using office = await openOffice();
    const withLines = pick(office, 'invoices');
    office.sandbox.account.update('invoices', withLines.id, {
      line_items: [{ kind: 'Service', unit_price: 5, description: 'one' }],
    });
    const match = '/v2/invoices\\?';
    office.sandbox.faults.add({ match, do: 'malformed', field: 'line_items.0.mood', value: 3, times: 0 });
    const run = await office.sync({ streams: ['invoices'] });
    expect(run.result).toMatchObject({ outcome: 'ok', totals: { rejected: 0 } });
    expect(await office.query('SELECT path, type_seen FROM _schema_drift')).toEqual([
      [expect.stringMatching(/^line_items.*mood$/), 'integer'],
    ]);
    expect(await office.differences({ streams: ['invoices'] })).toEqual([]);
  });
});

describe('a property that is missing or null', () => {
  it('is NULL, and no reject', async () => {
    await using office = await openOffice();
    office.sandbox.faults.add({
      match: '/v2/tasks',
      do: 'malformed',
      field: 'default_hourly_rate',
      value: null,
    });
    const run = await office.sync({ streams: ['tasks'] });
    expect(run.result.totals.rejected).toBe(0);
    const id = pick(office, 'tasks').id;
    expect(await office.query(`SELECT default_hourly_rate FROM tasks WHERE id = ${id}`)).toEqual([[null]]);
  });
});
