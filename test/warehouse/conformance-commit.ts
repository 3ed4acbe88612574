import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { CLIENTS, Workbench, client, type OpenWarehouse } from './workbench.ts';

const state = (
  stream: string,
  expectedVersion: number,
  cursor: string | null = null,
  notes: unknown = {},
) => ({
  stream,
  expectedVersion,
  cursor,
  state: notes,
});

const reject = {
  stream: 'clients',
  record_key: '5',
  path: 'name',
  reason: 'is not text',
  record: { id: 5, amount: '12345678901.123456789' },
  run_id: 'run-1',
  rejected_at: '2026-02-01T00:00:00Z',
};

/** Everything of one transaction. */
export function commitTests(open: OpenWarehouse): void {
  describe('a commit', () => {
    it('writes checkpoints that are read back as they were', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const notes = { windows: ["it's", '"2026"', null, 1.5], deep: { a: [] } };
      await bench.commit({ states: [state('clients', 0), state('tasks', 0, '2026-01-02T03:04:05Z', notes)] });
      await bench.commit({ states: [state('clients', 1, '2026-11-20T06:00:02.125Z')] });
      const states = await bench.warehouse.readStates();
      expect([...states.keys()].toSorted()).toEqual(['clients', 'tasks']);
      expect(states.get('clients')).toMatchObject({
        version: 2,
        cursor: '2026-11-20T06:00:02.125Z',
        runId: 'run-2',
      });
      expect(states.get('tasks')).toEqual({
        stream: 'tasks',
        version: 1,
        cursor: '2026-01-02T03:04:05Z',
        state: notes,
        runId: 'run-1',
        committedAt: '2026-02-01T00:01:00Z',
      });
    });

    it('leaves nothing behind when one checkpoint has moved', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.commit({ states: [state('clients', 0)] });
      const loads = [await bench.prepare(CLIENTS, [client(1, 'a', 1)])];
      const drift = [{ stream: 'clients', path: 'x', typeSeen: 'string', occurrences: 1 }];
      const states = [state('tasks', 0), state('clients', 0)];
      await expect(bench.commit({ loads, rejects: [reject], drift, states })).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        details: { stream: 'clients', expected_version: 0 },
      });
      expect(await bench.warehouse.counts(['clients', '_rejects', '_schema_drift', '_sync_state'])).toEqual(
        new Map([
          ['clients', 0],
          ['_rejects', 0],
          ['_schema_drift', 0],
          ['_sync_state', 1],
        ]),
      );
      const again = await bench.commit({ loads, states: [state('clients', 1)] });
      expect(again.loads).toMatchObject([{ inserted: 1 }]);
    });

    it('takes of two checkpoints with one version the older cursor', async () => {
      await using bench = await Workbench.open(open, []);
      const row = { stream: 'a', version: 3, state: {}, run_id: 'r', committed_at: '2026-01-01T00:00:00Z' };
      const cursors = ['2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z'];
      await bench.warehouse.append(
        HOUSEKEEPING.syncState,
        cursors.map((cursor) => ({ ...row, cursor })),
      );
      expect((await bench.warehouse.readStates()).get('a')?.cursor).toBe('2026-01-01T00:00:00Z');
      await bench.warehouse.append(HOUSEKEEPING.syncState, [{ ...row, cursor: null }]);
      expect((await bench.warehouse.readStates()).get('a')?.cursor).toBeNull();
    });

    it('keeps rejects with their record as it was', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const text = '{"note": "a\\"b", "amount": 12345678901234567890.5}';
      await bench.commit({ rejects: [reject, { ...reject, record_key: null, record: text }] });
      const rows = Object.values(await bench.rows(HOUSEKEEPING.rejects));
      expect(rows).toHaveLength(2);
      expect(rows.find((row) => row['record_key'] === '5')?.['record']).toContain('12345678901.123456789');
      expect(rows.find((row) => row['record_key'] === null)?.['record']).toContain('12345678901234567890.5');
    });

    it('counts drift on, keeping when it was first seen', async () => {
      await using bench = await Workbench.open(open, []);
      const note = (path: string, occurrences: number) => ({
        stream: 'clients',
        path,
        typeSeen: 'string',
        occurrences,
      });
      await bench.commit({ drift: [note('x', 2), note('x', 3)] });
      await bench.commit({ drift: [note('x', 4), note('y', 1)] });
      const rows = await bench.rows(HOUSEKEEPING.schemaDrift);
      expect(rows).toMatchObject({
        'clients|x|string': {
          occurrences: '9',
          first_seen_at: '2026-02-01T00:01:00Z',
          last_seen_at: '2026-02-01T00:02:00Z',
        },
        'clients|y|string': { occurrences: '1', first_seen_at: '2026-02-01T00:02:00Z' },
      });
    });

    it('may be asked for by many at once, with loads being prepared meanwhile', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const work = Array.from({ length: 8 }, async (_, at) => {
        const loads = [await bench.prepare(CLIENTS, [client(at, `n${at}`, 1), client(100, 'shared', at)])];
        return bench.commit({ loads, states: [state(`stream-${at}`, 0)] });
      });
      const results = await Promise.all(work);
      expect(results.flatMap(({ loads }) => loads).reduce((sum, { inserted }) => sum + inserted, 0)).toBe(9);
      expect(Object.keys(await bench.rows(CLIENTS))).toHaveLength(9);
      expect((await bench.warehouse.readStates()).size).toBe(8);
    });

    it('writes nothing when a staged value cannot be stored', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const bad = { ...client(1, 'a', 1), updated_at: 'yesterday' };
      await expect(bench.prepare(CLIENTS, [bad])).rejects.toMatchObject({ name: 'ConnectorError' });
      expect(await bench.load(CLIENTS, [client(1, 'a', 1)])).toMatchObject({ inserted: 1 });
    });
  });
}
