import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { ask, type Body, control, patch, post, readAll, remove, start } from './ask.ts';

describe('time in the sandbox', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await start();
    sandbox.account.clock.set('2026-03-10T10:30:00Z');
  });
  afterEach(() => sandbox.close());

  const all = (stream: string): Body[] => [...sandbox.account.truth(stream)];
  const first = (stream: string, test: (record: Body) => boolean): Body => all(stream).find(test) ?? {};

  it('tracks time: new, edited, moved to another day, stopped, restarted, deleted', async () => {
    const sample = first(
      'time_entries',
      (each) => each['is_running'] === false && each['user_assignment'] !== null,
    );
    const work = { project_id: (sample['project'] as Body)['id'], task_id: (sample['task'] as Body)['id'] };
    const made = await post(sandbox, 'time_entries', { ...work, spent_date: '2025-01-05', hours: 2.11 });
    expect(made).toMatchObject({
      status: 201,
      body: { hours: 2.11, rounded_hours: 2.25, is_running: false },
    });
    const path = `time_entries/${String(made.body['id'])}`;
    expect(all('time_entries').at(-1)?.['id']).toBe(made.body['id']);
    expect(sandbox.account.months()[0]).toBe('2025-01');
    const moved = await patch(sandbox, path, { spent_date: '2026-12-24', notes: 'ä"\n' });
    expect(moved.body).toMatchObject({ spent_date: '2026-12-24', notes: 'ä"\n', hours: 2.11 });
    expect(all('time_entries')[0]?.['id']).toBe(made.body['id']);
    expect((await patch(sandbox, `${path}/restart`, {})).body).toMatchObject({
      is_running: true,
      ended_time: null,
    });
    sandbox.account.clock.advance(3_600_000);
    expect((await patch(sandbox, `${path}/stop`, {})).body).toMatchObject({
      is_running: false,
      hours: 3.11,
      timer_started_at: null,
    });
    expect((await patch(sandbox, `${path}/stop`, {})).status).toBe(422);
    expect((await remove(sandbox, path)).status).toBe(200);
    expect((await ask(sandbox, path)).status).toBe(404);
    expect(all('time_entries')).toHaveLength(200);
  });

  it('runs one timer a person, whose hours stand still unless told to be live', async () => {
    const running = all('time_entries').filter((each) => each['is_running'] === true);
    expect(running).toHaveLength(2);
    const one = running[0] ?? {};
    sandbox.account.clock.advance(3_600_000);
    expect((await ask(sandbox, `time_entries/${String(one['id'])}`)).body).toEqual(one);
    await using live = await start({ liveTimers: true });
    live.account.clock.advance(3_600_000);
    const ticking = (await ask(live, `time_entries/${String(one['id'])}`)).body;
    expect(Number(ticking['hours'])).toBeGreaterThan(Number(ticking['hours_without_timer']));
    expect(ticking['updated_at']).toBe(one['updated_at']);
    const work = { project_id: (one['project'] as Body)['id'], task_id: (one['task'] as Body)['id'] };
    const user_id = (one['user'] as Body)['id'];
    await post(sandbox, 'time_entries', { ...work, user_id, spent_date: '2026-03-10' });
    const now = all('time_entries').filter((each) => each['is_running'] === true);
    expect(now).toHaveLength(2);
    expect(now.map((each) => each['id'])).not.toContain(one['id']);
  });

  it('passes a day: new time, corrections, a payment, an invoice, new names, somebody who leaves a project', async () => {
    const before = new Map(all('time_entries').map((each) => [each['id'], each]));
    const report = await control(sandbox, 'day');
    expect(report['counts']).toMatchObject({
      new_time_entries: expect.any(Number),
      edited_time_entries: 3,
      payments: 1,
      invoices: 1,
      renamed_clients: 1,
      renamed_projects: 1,
      archived_assignments: 1,
    });
    expect(String(report['now'])).toMatch(/^2026-03-11T10:30/);
    const changed = all('time_entries').filter(
      (each) => before.get(each['id'])?.['updated_at'] !== each['updated_at'],
    );
    const asked = await readAll(sandbox, 'time_entries?updated_since=2026-03-11T00:00:00Z');
    expect(asked).toEqual(changed);
    expect(all('time_entries').length).toBeGreaterThan(before.size);
    const second = await control(sandbox, 'day', { deletions: true });
    expect(second['counts']).toMatchObject({ deleted_time_entries: 1 });
  });
});
