import { describe, expect, it } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { monthsAsked, numberOf, pick, recordsOf, writtenBy } from '../../support/pick.ts';
import { KEYS } from '../../support/truth.ts';
import { tablesOf, watchDoor } from '../../support/watched.ts';

const NOW = '2026-03-10T09:00:00Z';
const AN_HOUR = 3_600_000;
const REPORTS = ['time_entries', 'time_clients', 'time_projects', 'time_team'];

/** A synced office an hour later, so that nothing but edits lies in the next window. */
async function openSynced(streams?: readonly string[]): Promise<Office> {
  const office = await openOffice({ now: NOW });
  await office.sync(streams === undefined ? {} : { streams });
  office.sandbox.account.clock.advance(AN_HOUR);
  return office;
}

/** Changes the file by hand. */
async function byHand({ path }: Office, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

describe('a run that finds nothing changed', () => {
  it('stages nothing, and commits once: the checkpoints of all streams', async () => {
    await using office = await openSynced();
    const stamps = async (): Promise<unknown> =>
      Promise.all(
        Object.keys(KEYS).map((table) =>
          office.query(`SELECT count(*), max(_synced_at), max(_run_id) FROM "${table}"`),
        ),
      );
    const before = await stamps();
    for (let nth = 0; nth < 2; nth += 1) {
      const seen = watchDoor();
      const run = await office.sync({ wrapDoor: seen.wrapDoor });
      expect(run.result.outcome).toBe('ok');
      expect(tablesOf(seen.loads)).toEqual([]);
      expect(seen.commits).toMatchObject([{ stream: null, loads: [], renames: [], rejects: [], drift: [] }]);
      expect(seen.commits[0]?.states.map(({ stream }) => stream).toSorted()).toEqual(
        Object.keys(KEYS).toSorted(),
      );
      expect(await stamps()).toEqual(before);
      const { run_id: id, totals } = run.result;
      expect(await numberOf(office, `SELECT count(*) FROM _sync_state WHERE run_id = '${id}'`)).toBe(32);
      expect(totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0, skipped: 0, rejected: 0 });
      expect(totals.fetched).toBe(totals.unchanged);
      expect(totals.fetched).toBeGreaterThan(0);
      const saved = run.events.filter(({ event }) => event === 'checkpoint.saved');
      expect(saved).toHaveLength(32);
      office.sandbox.account.clock.advance(AN_HOUR);
    }
  });

  it('saves what ended well though another stream failed', async () => {
    await using office = await openSynced();
    office.sandbox.faults.add({ match: '/v2/tasks', do: 'status', status: 403, times: 0 });
    const seen = watchDoor();
    const { result } = await office.sync({ wrapDoor: seen.wrapDoor, streams: ['tasks', 'clients', 'roles'] });
    expect(result.outcome).toBe('partial');
    expect(seen.commits.map(({ states }) => states.map(({ stream }) => stream).toSorted())).toEqual([
      ['clients', 'roles'],
    ]);
  });

  it('steps back as a whole when another run has been faster', async () => {
    await using office = await openSynced(['tasks', 'roles']);
    const seen = watchDoor();
    const run = await office.sync({
      streams: ['tasks', 'roles'],
      wrapDoor: (door) => ({
        ...seen.wrapDoor(door),
        open: async (session) => {
          const warehouse = await seen.wrapDoor(door).open(session);
          const states = await warehouse.readStates();
          // what the faster run commits after the states were read
          warehouse.readStates = async () => {
            const nothing = { stream: null, loads: [], renames: [], rejects: [], drift: [] };
            const faster = { stream: 'tasks', expectedVersion: 1, cursor: NOW, state: {} };
            await warehouse.commit({ ...nothing, runId: 'faster', committedAt: NOW, states: [faster] });
            return states;
          };
          return warehouse;
        },
      }),
    });
    expect(run.result).toMatchObject({ exit_code: 7, failure: { code: 'STATE_CONFLICT' } });
    expect(await numberOf(office, "SELECT count(*) FROM _sync_state WHERE stream = 'roles'")).toBe(1);
    expect(run.events.filter(({ event }) => event === 'checkpoint.saved')).toEqual([]);
  });

  it('that is killed before its checkpoints are saved only repeats the work', async () => {
    await using office = await openSynced();
    const seen = watchDoor(async () => {
      throw new Error('the power fails');
    });
    expect((await office.sync({ wrapDoor: seen.wrapDoor })).result.outcome).toBe('failed');
    expect(seen.commits).toHaveLength(1);
    office.sandbox.account.passDay();
    expect((await office.sync()).result.outcome).toBe('ok');
    expect(await office.differences()).toEqual([]);
  });
});

describe('a list that is read whole on every run', () => {
  it('is staged when a record changes, and with it no other', async () => {
    await using office = await openSynced();
    const role = pick(office, 'roles').id;
    office.sandbox.account.update('roles', role, { name: 'Another name' });
    const seen = watchDoor();
    const run = await office.sync({ wrapDoor: seen.wrapDoor });
    expect(tablesOf(seen.loads)).toEqual(['roles']);
    expect(await writtenBy(office, run, 'roles', 'id')).toEqual([String(role)]);
    expect(await office.differences({ streams: ['roles'] })).toEqual([]);
  });

  it.each(['roles', 'project_budget', 'company'])(
    'fills the table of %s again if that was dropped',
    async (name) => {
      await using office = await openSynced([name]);
      await byHand(office, `DROP TABLE ${name}`);
      const streams = [name];
      if (name !== 'company') {
        // the first run after that makes the table and fails
        office.sandbox.faults.add({ match: name, do: 'status', status: 403 });
        expect((await office.sync({ streams })).result.outcome).toBe('failed');
      }
      expect((await office.sync({ streams })).result.outcome).toBe('ok');
      expect(await office.differences({ streams })).toEqual([]);
    },
  );

  it('is compared under --full-refresh, whatever its digest', async () => {
    await using office = await openSynced(['roles', 'time_team']);
    await byHand(office, "UPDATE roles SET name = 'scribbled'; DELETE FROM time_team");
    await byHand(office, 'CHECKPOINT');
    await office.sync({ streams: ['roles'] });
    expect(await office.differences({ streams: ['roles'] })).not.toEqual([]);
    await office.sync({ streams: ['roles', 'time_team'], fullRefresh: true });
    expect(await office.differences({ streams: ['roles', 'time_team'] })).toEqual([]);
    const seen = watchDoor();
    await office.sync({ streams: ['roles', 'time_team'], wrapDoor: seen.wrapDoor });
    expect(seen.loads).toEqual([]);
  });

  it('notes a new property once, and a reject each time it comes', async () => {
    await using office = await openSynced(['roles']);
    const { faults } = office.sandbox;
    const streams = ['roles'];
    const fault = { match: '/v2/roles', do: 'malformed', times: 2 } as const;
    faults.add({ ...fault, field: 'mood', value: 'fine' });
    await office.sync({ streams });
    const drift = await office.query('SELECT path, occurrences FROM _schema_drift');
    expect(drift).toEqual([['mood', '1']]);
    const again = watchDoor();
    await office.sync({ streams, wrapDoor: again.wrapDoor });
    expect(again.loads).toEqual([]);
    expect(await office.query('SELECT path, occurrences FROM _schema_drift')).toEqual(drift);

    faults.add({ ...fault, field: 'name', value: 7 });
    for (const rejects of [1, 2]) {
      const run = await office.sync({ streams });
      expect(resultOf(run, 'roles')).toMatchObject({ rejected: 1, deleted: 0 });
      expect(await numberOf(office, 'SELECT count(*) FROM _rejects')).toBe(rejects);
    }
    expect(await office.differences({ streams })).toEqual([]);
    const well = watchDoor();
    await office.sync({ streams, wrapDoor: well.wrapDoor });
    expect(tablesOf(well.loads)).toEqual(['roles']);
  });
});

describe('a report month', () => {
  it('that changes is staged alone', async () => {
    await using office = await openSynced(REPORTS);
    const entry = pick(office, 'time_entries', ({ spent_date: date }) => String(date).startsWith('2026-02'));
    office.sandbox.account.update('time_entries', entry.id, { hours: 5.25 });
    const seen = watchDoor();
    const run = await office.sync({ streams: REPORTS, wrapDoor: seen.wrapDoor });
    expect(monthsAsked(run, 'reports/time/team')).toEqual(expect.arrayContaining(['2026-03', '2026-01']));
    const reports = seen.loads.filter(({ table }) => table.name !== 'time_entries');
    expect(tablesOf(reports)).toEqual(['time_clients', 'time_projects', 'time_team']);
    for (const { scope } of reports) expect(scope).toMatchObject({ values: ['2026-02-01'] });
    const { fetched, loaded } = resultOf(run, 'time_team');
    expect(fetched).toBe(loaded);
    expect(await office.differences({ streams: REPORTS })).toEqual([]);
  });

  it('fills its table again if that was dropped, and follows a name that went and came back', async () => {
    await using office = await openSynced([...REPORTS, 'clients']);
    const streams = [...REPORTS, 'clients'];
    const { account } = office.sandbox;
    const entry = pick(office, 'time_entries', ({ spent_date: date }) => String(date).startsWith('2026-02'));
    const client = recordsOf(office, 'clients').find(
      ({ id }) => id === (entry['client'] as { readonly id: number }).id,
    );
    for (const name of ['Renamed', String(client?.['name'])]) {
      account.update('clients', Number(client?.id), { name });
      account.clock.advance(AN_HOUR);
      await office.sync({ streams });
      expect(await office.differences({ streams })).toEqual([]);
    }
    await byHand(office, 'DROP TABLE time_team');
    await office.sync({ streams });
    const months = await office.query(
      "SELECT count(DISTINCT period_start) FROM time_team WHERE period_start >= DATE '2026-01-01'",
    );
    expect(months).toEqual([['3']]);
  });
});

describe('records that the overlap delivers again', () => {
  it('are staged once, unless they change', async () => {
    await using office = await openSynced(['tasks']);
    const { account } = office.sandbox;
    const streams = ['tasks'];
    const first = pick(office, 'tasks').id;
    const second = pick(office, 'tasks', ({ id }) => id !== first).id;
    for (const id of [first, second]) account.update('tasks', id, { name: `Task ${id}` });
    account.clock.advance(1000);
    expect(resultOf(await office.sync({ streams }), 'tasks')).toMatchObject({ fetched: 2, updated: 2 });

    account.clock.advance(60_000);
    const quiet = watchDoor();
    const again = await office.sync({ streams, wrapDoor: quiet.wrapDoor });
    expect(resultOf(again, 'tasks')).toMatchObject({ fetched: 2, loaded: 2, unchanged: 2, skipped: 0 });
    expect(quiet.loads).toEqual([]);

    account.update('tasks', second, { name: 'Once more' });
    account.clock.advance(60_000);
    const third = await office.sync({ streams });
    expect(resultOf(third, 'tasks')).toMatchObject({ fetched: 2, unchanged: 1, updated: 1 });
    expect(await office.differences({ streams })).toEqual([]);

    const full = watchDoor();
    await office.sync({ streams, fullRefresh: true, wrapDoor: full.wrapDoor });
    expect(tablesOf(full.loads)).toEqual(['tasks']);
    const state = await office.query("SELECT state FROM _sync_state WHERE stream = 'tasks'");
    expect(state.at(-1)).toEqual([expect.not.stringContaining('recent')]);
  });
});

describe('the snapshot of the day', () => {
  it('is staged once a day, and again when a budget changes', async () => {
    await using office = await openOffice({ now: NOW });
    const { account } = office.sandbox;
    const sync = async (): Promise<readonly (readonly [string, string | undefined])[]> => {
      const seen = watchDoor();
      await office.sync({ streams: ['project_budget'], wrapDoor: seen.wrapDoor });
      return seen.loads.map(({ table, once }) => [table.name, once] as const);
    };
    const own = ['project_budget', undefined];
    expect(await sync()).toEqual([own, ['project_budget_history', '2026-03-10']]);
    expect(await sync()).toEqual([]);
    account.clock.advance(24 * AN_HOUR);
    expect(await sync()).toEqual([['project_budget_history', '2026-03-11']]);
    expect(await sync()).toEqual([]);
    const { id, budget } = pick(office, 'projects', ({ budget_by: by }) => by === 'project');
    account.update('projects', id, { budget: Number(budget) + 1 });
    expect(await sync()).toEqual([own, ['project_budget_history', undefined]]);
    expect(await office.query('SELECT count(DISTINCT snapshot_date) FROM project_budget_history')).toEqual([
      ['2'],
    ]);
    await byHand(office, 'DROP TABLE project_budget_history');
    expect(await sync()).toEqual([['project_budget_history', undefined]]);
    expect(await numberOf(office, 'SELECT count(*) FROM project_budget_history')).toBe(
      recordsOf(office, 'project_budget').length,
    );
  });
});
