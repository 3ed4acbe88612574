import { describe, expect, it } from '@jest/globals';
import { ask, type Body, ids, NOW, readAll, recordsOf, remove, start, walk } from './ask.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('keeps the time of an archived project or task', async () => {
  await using sandbox = await start();
  const entry = sandbox.account.truth('time_entries').next().value as Body;
  for (const [kind, name] of [
    ['projects', 'project'],
    ['tasks', 'task'],
  ] as const) {
    const id = Number((entry[name] as Body)['id']);
    sandbox.account.update(kind, id, { is_active: false });
    expect((await remove(sandbox, `time_entries/${String(entry['id'])}`)).status).toBe(422);
    sandbox.account.update(kind, id, { is_active: true });
  }
  expect((await remove(sandbox, `time_entries/${String(entry['id'])}`)).status).toBe(200);
});

describe('a sandbox that has to do the same again', () => {
  it('has a clock that stands until it is put forward, in its answers and in its stamps', async () => {
    await using sandbox = await start({ clock: 'stands' });
    await pause(1_100);
    expect(sandbox.account.clock.instant()).toBe(NOW);
    const { headers } = await ask(sandbox, 'clients?per_page=1');
    expect(Date.parse(headers.get('date') ?? '')).toBe(Date.parse(NOW));
    sandbox.account.clock.advance(5_000);
    const id = sandbox.account.create('clients', { name: 'Eins' });
    expect((await ask(sandbox, `clients/${id}`)).body['created_at']).toBe('2026-03-10T09:30:05Z');
    sandbox.account.clock.set('2026-04-01T00:00:00Z');
    expect(sandbox.account.clock.today()).toBe('2026-04-01');
  });

  it('serves small pages, whatever is asked for, and refuses what Harvest refuses', async () => {
    await using sandbox = await start({ largestPage: 60 });
    const pages = await walk(sandbox, 'time_entries?per_page=2000');
    expect(pages.map((page) => recordsOf(page).length)).toEqual([60, 60, 60, 20]);
    expect(pages[0]).toMatchObject({ per_page: 60, total_entries: 200, total_pages: 4 });
    expect(recordsOf((await ask(sandbox, 'time_entries?per_page=7')).body)).toHaveLength(7);
    expect((await ask(sandbox, 'time_entries?per_page=2001')).status).toBe(422);
  });

  it('lets something happen between two pages', async () => {
    await using sandbox = await start({ largestPage: 100 });
    const [newest] = sandbox.account.truth('time_entries');
    const act = (): void => sandbox.account.remove('time_entries', Number(newest?.['id']));
    sandbox.faults.add({ match: 'time_entries.*page=2', do: 'edit', act });
    const before = ids(sandbox.account.truth('time_entries'));
    const seen = ids(await readAll(sandbox, 'time_entries'));
    expect(seen).toEqual([...before.slice(0, 100), ...before.slice(101)]);
    expect(() => sandbox.faults.add({ match: 'x', do: 'edit' })).toThrow();
  });

  it('miscounts, and breaks one record wherever it comes', async () => {
    await using sandbox = await start();
    sandbox.faults.add({ match: '/tasks', do: 'count', value: 3 });
    const tasks = ids(sandbox.account.truth('tasks'));
    expect((await ask(sandbox, 'tasks')).body['total_entries']).toBe(tasks.length + 3);
    expect((await ask(sandbox, 'tasks')).body['total_entries']).toBe(tasks.length);
    const id = tasks[2];
    sandbox.faults.add({
      match: '/tasks',
      do: 'malformed',
      times: 0,
      field: 'is_active',
      value: 'yes',
      ...(id === undefined ? {} : { id }),
    });
    for (const path of ['tasks', 'tasks?per_page=2&page=2']) {
      const broken = recordsOf((await ask(sandbox, path)).body).filter((each) => each['is_active'] === 'yes');
      expect(ids(broken).every((each) => each === id)).toBe(true);
    }
  });

  it('stamps everything of a kind as changed, as Harvest itself does at times', async () => {
    await using sandbox = await start({ clock: 'stands' });
    sandbox.account.clock.advance(1_000);
    for (const kind of ['time_entries', 'invoices'] as const) {
      sandbox.account.touchAll(kind);
      const stamps = new Set(Array.from(sandbox.account.truth(kind), (each) => each['updated_at']));
      expect([...stamps]).toEqual(['2026-03-10T09:30:01Z']);
    }
  });

  it.each([false, true])('changes a document with its deleted child, or not: %s', async (touches) => {
    await using sandbox = await start({ clock: 'stands', deletedChildTouches: touches });
    const stampOf = (stream: string, id: unknown): unknown =>
      [...sandbox.account.truth(stream)].find((each) => each['id'] === id)?.['updated_at'];
    for (const [stream, parent, path] of [
      ['invoice_payments', 'invoices', 'payments'],
      ['invoice_messages', 'invoices', 'messages'],
      ['estimate_messages', 'estimates', 'messages'],
    ] as const) {
      const child = sandbox.account.truth(stream).next().value as Body;
      const document = child[`${parent.slice(0, -1)}_id`];
      const before = stampOf(parent, document);
      sandbox.account.clock.advance(60_000);
      const gone = await remove(sandbox, `${parent}/${String(document)}/${path}/${String(child['id'])}`);
      expect(gone.status).toBe(200);
      expect(stampOf(parent, document) === before).toBe(!touches);
      expect(ids(sandbox.account.truth(stream))).not.toContain(child['id']);
    }
  });
});
