import { describe, expect, it } from '@jest/globals';
import { verifyFully } from '../../../src/verify/full.ts';
import { runEngine } from '../../support/engine.ts';
import { idIn, pick } from '../../support/pick.ts';
import { inWords, openBench } from '../../verify/bench.ts';

const TIME = ['projects', 'time_entries', 'time_clients', 'time_team', 'clients', 'users', 'tasks'];

describe('an account that went on after the last sync', () => {
  it('differs in nothing that counts, and the next sync brings the rest', async () => {
    await using bench = await openBench({}, { streams: TIME });
    const { office } = bench;
    const { account } = office.sandbox;
    const entry = pick(office, 'time_entries', (each) => each['billable'] === true);
    const moved = pick(office, 'time_entries', ({ id }) => id !== entry.id);
    const work = {
      project_id: idIn(entry, 'project'),
      task_id: idIn(entry, 'task'),
      user_id: idIn(entry, 'user'),
    };
    account.update('time_entries', entry.id, { hours: 7.77 });
    account.update('time_entries', moved.id, { spent_date: '2025-09-01' });
    account.create('time_entries', { ...work, spent_date: '2026-02-02', hours: 1.5 });
    account.update('clients', idIn(entry, 'client'), { name: 'Another name' });
    account.create('clients', { name: 'Brand new', currency: 'EUR' });

    const quick = await bench.verify();
    expect(quick.found.found.filter(({ cause }) => cause === 'differs').map(inWords)).toEqual([]);
    expect(quick.found).toMatchObject({ outcome: 'equal', differences: 0 });
    expect(quick.found.changed).toBeGreaterThan(5);
    expect(quick.result.exit_code).toBe(0);
    const full = await bench.verify(undefined, { verifier: verifyFully });
    expect(full.found.found.filter(({ cause }) => cause === 'differs').map(inWords)).toEqual([]);
    const words = full.found.found.map(inWords);
    expect(words).toContainEqual(expect.stringMatching(/^clients missing \d+: – ≠ – \(changed\)$/));
    expect(words).toContainEqual(
      expect.stringMatching(/^time_entries cell .* client_name: .* ≠ .* \(changed\)$/),
    );
    expect(words).toContainEqual(expect.stringMatching(/^time_team cell .* total_hours: .* \(changed\)$/));

    await runEngine(office.target, office.path, { streams: TIME });
    expect((await bench.verify(undefined, { verifier: verifyFully })).found).toMatchObject({ found: [] });
    expect((await bench.verify()).found).toMatchObject({ found: [] });
  });

  it('tells what Harvest changes without telling apart from what differs', async () => {
    const streams = ['projects', 'time_entries', 'task_assignments', 'users', 'clients'];
    await using bench = await openBench({}, { streams });
    const { office } = bench;
    const { account } = office.sandbox;
    const entry = pick(office, 'time_entries', (each) => each['billable_rate'] !== null);
    const user = idIn(entry, 'user');
    account.create('billable_rates', { user_id: user, amount: 321.5, start_date: '2020-01-01' });
    account.create('cost_rates', { user_id: user, amount: 123.5, start_date: '2020-01-01' });
    account.update('projects', idIn(entry, 'project'), { code: 'NEW', hourly_rate: 222 });
    await runEngine(office.target, office.path, { streams });
    for (const verifier of [undefined, verifyFully]) {
      const { found, result } = await bench.verify(undefined, verifier && { verifier });
      expect(found.found.filter(({ cause }) => cause === 'differs').map(inWords)).toEqual([]);
      expect(found).toMatchObject({ outcome: 'equal', differences: 0 });
      expect(found.lagging).toBeGreaterThan(1);
      expect(result.exit_code).toBe(0);
    }
    const path = await bench.tampered(
      `UPDATE time_entries SET task_assignment_hourly_rate = 7 WHERE id = ${entry.id}`,
    );
    const { found } = await bench.verify(path, { verifier: verifyFully });
    expect(found.found.filter(({ cause }) => cause === 'differs').map(inWords)).toEqual([
      expect.stringContaining(`${entry.id} task_assignment_hourly_rate: 7 ≠ `),
    ]);
  });

  it('knows an assignment that was archived since, where Harvest hides those', async () => {
    const streams = ['users', 'user_assignments', 'project_assignments'];
    await using bench = await openBench({ hideArchived: true }, { streams });
    const { id } = pick(bench.office, 'user_assignments', (each) => each['is_active'] === true);
    bench.office.sandbox.account.update('user_assignments', id, { is_active: false });
    const { found } = await bench.verify(undefined, { verifier: verifyFully });
    expect(found.found.map(inWords)).toContain(`project_assignments extra ${id}: – ≠ – (changed)`);
    expect(found).toMatchObject({ outcome: 'equal', differences: 0 });
  });

  it('takes a running timer for what it is', async () => {
    const streams = ['projects', 'time_entries', 'time_clients', 'time_team'];
    await using bench = await openBench({ liveTimers: true }, { streams });
    const { account } = bench.office.sandbox;
    account.restart(pick(bench.office, 'time_entries', (each) => each['is_running'] === false).id);
    await runEngine(bench.office.target, bench.office.path, { streams });
    account.clock.advance(3 * 3_600_000);
    const quick = await bench.verify();
    expect(quick.found).toMatchObject({ outcome: 'equal', differences: 0 });
    expect(quick.found.changed).toBeGreaterThan(0);
    const full = await bench.verify(undefined, { verifier: verifyFully });
    expect(full.found.found.filter(({ cause }) => cause === 'differs').map(inWords)).toEqual([]);
  });

  it('reads a list again that moves, and leaves out one that never holds still', async () => {
    const streams = ['time_entries'];
    await using bench = await openBench({ largestPage: 50 }, { streams });
    const { faults } = bench.office.sandbox;
    const full = { streams, verifier: verifyFully };
    faults.add({ match: '/v2/time_entries.*[?&]page=2', do: 'shift' });
    const moved = await bench.verify(undefined, full);
    expect(moved.events.filter(({ event }) => event === 'window.moved')).toHaveLength(1);
    expect(moved.found.found.map(inWords)).toEqual([
      expect.stringMatching(/^time_entries extra \d+: – ≠ –$/),
    ]);
    faults.add({ match: '/v2/time_entries.*[?&]page=2', do: 'shift', times: 0 });
    const { found } = await bench.verify(undefined, full);
    expect(found).toMatchObject({ found: [], compared: 1 });
    expect(found.left_out).toEqual([
      { table: 'time_entries', reason: 'everything: the list moved each time it was read' },
    ]);
  });

  it('counts a deletion that no sync has seen', async () => {
    await using bench = await openBench({}, { streams: TIME });
    const entry = pick(bench.office, 'time_entries');
    bench.office.sandbox.account.remove('time_entries', entry.id);
    const { found } = await bench.verify();
    expect(found.found.map(inWords)).toContain(
      `time_entries extra ${String(entry['spent_date']).slice(0, 7)} ${entry.id}: – ≠ –`,
    );
    await runEngine(bench.office.target, bench.office.path, { streams: TIME });
    expect((await bench.verify()).found).toMatchObject({ outcome: 'equal', found: [] });
  });
});
