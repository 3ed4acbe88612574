import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { ask, type Body, ids, readAll, start } from './ask.ts';

describe('the sandbox’s lists', () => {
  let sandbox: Sandbox;
  let entries: Body[];
  beforeAll(async () => {
    sandbox = await start({ size: 600 });
    entries = [...sandbox.account.truth('time_entries')];
  });
  afterAll(() => sandbox.close());

  const nested = (record: Body, name: string): Body => record[name] as Body;

  it('order time entries by date and id, newest first', () => {
    const keys = entries.map((entry) => `${String(entry['spent_date'])}|${String(entry['id'])}`);
    expect(keys).toEqual(keys.toSorted().toReversed());
    expect(new Set(keys).size).toBe(600);
  });

  it.each<[string, (entry: Body) => boolean]>([
    ['from=2025-09-01&to=2025-09-30', (entry) => String(entry['spent_date']).startsWith('2025-09')],
    ['from=20260301', (entry) => String(entry['spent_date']) >= '2026-03-01'],
    ['is_running=true', (entry) => entry['is_running'] === true],
    ['is_billed=true', (entry) => entry['is_billed'] === true],
    ['approval_status=submitted', (entry) => entry['approval_status'] === 'submitted'],
    [
      'updated_since=2025-12-01T00:00:00Z&to=2025-12-31',
      (entry) =>
        String(entry['updated_at']) >= '2025-12-01T00:00:00Z' && String(entry['spent_date']) <= '2025-12-31',
    ],
  ])('filter time entries by %s', async (query, keep) => {
    const expected = entries.filter(keep);
    expect(expected.length).toBeGreaterThan(0);
    expect(await readAll(sandbox, `time_entries?per_page=31&${query}`)).toEqual(expected);
  });

  it('filter time entries by person, project, client, task and external reference', async () => {
    const some = entries.find((entry) => entry['external_reference'] !== null) ?? {};
    for (const name of ['user', 'project', 'client', 'task']) {
      const id = nested(some, name)['id'];
      const expected = entries.filter((entry) => nested(entry, name)['id'] === id);
      expect(ids(await readAll(sandbox, `time_entries?${name}_id=${String(id)}`))).toEqual(ids(expected));
    }
    const reference = String(nested(some, 'external_reference')['id']);
    const found = await readAll(sandbox, `time_entries?external_reference_id=${reference}`);
    expect(ids(found)).toEqual([some['id']]);
  });

  it('take updated_since as inclusive', async () => {
    for (const stream of ['clients', 'invoices', 'time_entries', 'user_assignments']) {
      const all = [...sandbox.account.truth(stream)];
      const at = String(all[0]?.['updated_at']);
      const expected = all.filter((record) => String(record['updated_at']) >= at);
      expect(await readAll(sandbox, `${stream}?updated_since=${at}`)).toEqual(expected);
      const later = new Date(Date.parse(at) + 1000).toISOString();
      expect(ids(await readAll(sandbox, `${stream}?updated_since=${later}`))).not.toContain(all[0]?.['id']);
    }
  });

  it('ignore updated_since where Harvest knows none', async () => {
    const all = [...sandbox.account.truth('roles')];
    expect(await readAll(sandbox, 'roles?updated_since=2099-01-01T00:00:00Z')).toEqual(all);
    const [rate] = sandbox.account.truth('cost_rates');
    const path = `users/${String(rate?.['user_id'])}/cost_rates?updated_since=2099-01-01T00:00:00Z`;
    expect((await readAll(sandbox, path)).length).toBeGreaterThan(0);
  });

  it('have several records that share an updated_at', () => {
    const distinct = new Set(entries.map((entry) => entry['updated_at']));
    expect(distinct.size).toBeLessThan(entries.length / 2);
  });

  it('hide undated invoices and estimates from from and to', async () => {
    for (const stream of ['invoices', 'estimates']) {
      const all = [...sandbox.account.truth(stream)];
      const dated = all.filter((record) => record['issue_date'] !== null);
      expect(dated.length).toBeLessThan(all.length);
      expect(await readAll(sandbox, `${stream}?from=1990-01-01`)).toEqual(dated);
    }
  });

  it('refuse dates and flags that are none', async () => {
    for (const query of ['from=2026-02-30', 'updated_since=yesterday', 'is_running=perhaps', 'user_id=x']) {
      expect((await ask(sandbox, `time_entries?${query}`)).status).toBe(422);
    }
  });

  it('filter assignments by is_active, which may hide the archived ones by default', async () => {
    const all = [...sandbox.account.truth('user_assignments')];
    const active = all.filter((each) => each['is_active'] === true);
    expect(active.length).toBeLessThan(all.length);
    expect(await readAll(sandbox, 'user_assignments?is_active=true')).toEqual(active);
    await using shy = await start({ size: 600, hideArchived: true });
    expect(await readAll(shy, 'user_assignments')).toEqual(active);
    expect(await readAll(shy, 'user_assignments?is_active=false')).toHaveLength(all.length - active.length);
    expect([...shy.account.truth('user_assignments')]).toEqual(all);
  });

  it.each([
    ['invoice_payments', 'invoices', 'invoice_id', 'payments'],
    ['invoice_messages', 'invoices', 'invoice_id', 'messages'],
    ['estimate_messages', 'estimates', 'estimate_id', 'messages'],
    ['billable_rates', 'users', 'user_id', 'billable_rates'],
    ['cost_rates', 'users', 'user_id', 'cost_rates'],
    ['project_assignments', 'users', 'user_id', 'project_assignments'],
  ])('give %s under each of the %s, without its id', async (stream, parents, column, last) => {
    const found: Body[] = [];
    for (const parent of sandbox.account.truth(parents)) {
      const id = parent['id'];
      const children = await readAll(sandbox, `${parents}/${String(id)}/${last}?per_page=2`);
      found.push(...children.map((child) => ({ [column]: id, ...child })));
    }
    const truth = [...sandbox.account.truth(stream)];
    expect(truth.length).toBeGreaterThan(0);
    expect(found).toEqual(truth);
  });

  it('give single records as the lists show them', async () => {
    for (const stream of ['clients', 'projects', 'users', 'invoices', 'expenses', 'time_entries']) {
      const [record] = sandbox.account.truth(stream);
      expect((await ask(sandbox, `${stream}/${String(record?.['id'])}`)).body).toEqual(record);
    }
  });

  it('give the assignments of a project and of oneself by offset', async () => {
    const [project] = sandbox.account.truth('projects');
    const id = String(project?.['id']);
    const expected = [...sandbox.account.truth('task_assignments')].filter(
      (each) => String(nested(each, 'project')['id']) === id,
    );
    expect(await readAll(sandbox, `projects/${id}/task_assignments?per_page=2`)).toEqual(expected);
    const mine = await readAll(sandbox, 'users/me/project_assignments?per_page=2');
    expect(mine.length).toBeGreaterThan(0);
    expect(mine.every((each) => each['is_active'] === true)).toBe(true);
  });
});
