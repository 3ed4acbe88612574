import { describe, expect, it } from '@jest/globals';
import type { Commit } from '../../../src/warehouse/warehouse.ts';
import type { EngineRun } from '../../support/engine.ts';
import { interpose } from '../../support/interpose.ts';
import { openOffice, type Office } from '../../support/office.ts';
import { idIn, numberOf, pick, type SentRecord } from '../../support/pick.ts';

const NOW = '2026-03-10T09:00:00Z';
const REPORTS: Readonly<Record<string, string>> = {
  time_clients: 'client_id',
  time_projects: 'project_id',
  time_team: 'user_id',
  uninvoiced: 'project_id',
};
const STREAMS = ['clients', 'projects', 'users', 'time_entries', ...Object.keys(REPORTS)];
const UNSAID = new Set(['period_end', 'client_name', 'project_name', 'user_name', 'avatar_url']);
const HOUR = 3_600_000;
const SETTINGS = { streams: STREAMS, config: { startDate: '2025-12-01' } };

/** A synced office an hour later. */
async function openSynced(): Promise<Office> {
  const office = await openOffice({ now: NOW });
  await office.sync(SETTINGS);
  office.sandbox.account.clock.advance(HOUR);
  return office;
}

const inMonth = (month: string) => (record: SentRecord) => String(record['spent_date']).startsWith(month);

/** DuckDB writes nine places of a decimal, `_restatements` those that say something. */
function withoutZeros(text: string): string {
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
}

/** Each value of the reports by table, period, entity, currency and column. */
async function cells(office: Office): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const [table, entity] of Object.entries(REPORTS)) {
    const columns = await office.query(
      `SELECT column_name FROM duckdb_columns() WHERE table_name = '${table}' AND NOT starts_with(column_name, '_')`,
    );
    const names = columns.map(([name]) => name ?? '');
    for (const row of await office.query(`SELECT ${names.join(', ')} FROM "${table}"`)) {
      const value = (name: string): string | null => row[names.indexOf(name)] ?? null;
      const key = ['period_start', entity, 'currency'];
      for (const name of names.filter((each) => !key.includes(each) && !UNSAID.has(each))) {
        const text = value(name);
        if (text !== null) found.set([table, ...key.map(value), name].join('|'), withoutZeros(text));
      }
    }
  }
  return found;
}

/** What differs between two readings, as `_restatements` has to say it. */
function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((cell) => before.get(cell) !== after.get(cell))
    .map((cell) => `${cell}: ${before.get(cell) ?? 'NULL'} → ${after.get(cell) ?? 'NULL'}`)
    .toSorted();
}

const SAID = `SELECT concat_ws('|', stream, period_start, entity_id, currency, column_name)
  || ': ' || COALESCE(value_before, 'NULL') || ' → ' || COALESCE(value_after, 'NULL') FROM _restatements`;

/** What `_restatements` says of one run. */
async function said(office: Office, { result }: EngineRun): Promise<readonly string[]> {
  const rows = await office.query(`${SAID} WHERE run_id = '${result.run_id}'`);
  return rows.map(([text]) => text ?? '').toSorted();
}

/** Syncs, and gives what the run noted after a look whether that is what changed. */
async function restatedBy(office: Office, options = {}): Promise<readonly string[]> {
  const before = await cells(office);
  const run = await office.sync({ ...SETTINGS, ...options });
  expect(run.result.outcome).toBe('ok');
  const noted = await said(office, run);
  expect(noted).toEqual(changes(before, await cells(office)));
  return noted;
}

const columnsIn = (noted: readonly string[]): readonly string[] =>
  [...new Set(noted.map((text) => text.split('|')[4]?.split(':')[0] ?? ''))].toSorted();
const monthsIn = (noted: readonly string[]): readonly string[] =>
  [...new Set(noted.map((text) => text.split('|')[1] ?? ''))].toSorted();
const tablesIn = (noted: readonly string[]): readonly string[] =>
  [...new Set(noted.map((text) => text.split('|')[0] ?? ''))].toSorted();

/** An entry of two hours for work that somebody did that month. */
function writeLate(office: Office, month: string): number {
  const like = pick(office, 'time_entries', inMonth(month));
  const work = {
    project_id: idIn(like, 'project'),
    task_id: idIn(like, 'task'),
    user_id: idIn(like, 'user'),
  };
  return office.sandbox.account.create('time_entries', { ...work, spent_date: `${month}-03`, hours: 2 });
}

describe('a report month that says something else than when it was read before', () => {
  it('because of a late entry is noted value by value, before and after, and once', async () => {
    await using office = await openSynced();
    writeLate(office, '2025-12');
    const noted = await restatedBy(office);
    expect(monthsIn(noted)).toEqual(['2025-12-01']);
    expect(tablesIn(noted)).toEqual(expect.arrayContaining(['time_clients', 'time_projects', 'time_team']));
    expect(columnsIn(noted)).toContain('total_hours');
    const gained = await numberOf(
      office,
      `SELECT CAST(sum(CAST(value_after AS DECIMAL(38,9)) - COALESCE(CAST(value_before AS DECIMAL(38,9)), 0)) AS DECIMAL(38,2))
       FROM _restatements WHERE stream = 'time_team' AND column_name = 'total_hours'`,
    );
    expect(gained).toBe(2);
    office.sandbox.account.clock.advance(HOUR);
    expect(await restatedBy(office)).toEqual([]);
  });

  it('because entries are gone is noted, rows that went with nothing after', async () => {
    await using office = await openSynced();
    const user = idIn(pick(office, 'time_entries', inMonth('2026-02')), 'user');
    const theirs = [...office.sandbox.account.truth('time_entries')].filter(
      (record) => inMonth('2026-02')(record as never) && idIn(record as never, 'user') === user,
    );
    for (const { id } of theirs) office.sandbox.account.remove('time_entries', Number(id));
    const noted = await restatedBy(office, { allowDeletes: true });
    expect(monthsIn(noted)).toContain('2026-02-01');
    expect(noted.filter((text) => text.startsWith(`time_team|2026-02-01|${user}|`))).toEqual(
      expect.arrayContaining([expect.stringMatching(/total_hours: .* → NULL$/)]),
    );
  });

  it('because of another rate is noted by its amounts alone', async () => {
    await using office = await openSynced();
    const isByProject = (record: SentRecord): boolean =>
      record['bill_by'] === 'Project' && record['is_billable'] === true && record['is_fixed_fee'] === false;
    const worked = new Set(
      [...office.sandbox.account.truth('time_entries')]
        .filter((record) => String(record['spent_date']) >= '2026-01' && record['billable'] === true)
        .map((record) => idIn(record as never, 'project')),
    );
    const project = pick(office, 'projects', (record) => isByProject(record) && worked.has(record.id));
    office.sandbox.account.update('projects', project.id, {
      hourly_rate: Number(project['hourly_rate']) + 10,
    });
    const noted = await restatedBy(office);
    expect(noted.length).toBeGreaterThan(0);
    expect(columnsIn(noted).filter((name) => !name.endsWith('amount'))).toEqual([]);
    for (const month of monthsIn(noted)) expect(month >= '2026-01-01').toBe(true);
  });
});

describe('nothing is noted', () => {
  it('of a first load, and of a month that is read for the first time later', async () => {
    await using office = await openOffice({ now: NOW });
    await office.sync(SETTINGS);
    expect(await numberOf(office, 'SELECT count(*) FROM _restatements')).toBe(0);
    office.sandbox.account.clock.advance(30 * 24 * HOUR);
    const like = pick(office, 'time_entries', inMonth('2026-02'));
    const work = { project_id: idIn(like, 'project'), task_id: idIn(like, 'task') };
    office.sandbox.account.create('time_entries', { ...work, spent_date: '2026-04-02', hours: 1 });
    const run = await office.sync(SETTINGS);
    expect(monthsIn(await said(office, run))).not.toContain('2026-04-01');
    expect(
      await numberOf(office, "SELECT count(*) FROM time_team WHERE period_start = DATE '2026-04-01'"),
    ).toBe(1);
  });

  it('of a new name, in the run that spreads it and in a full refresh', async () => {
    await using office = await openSynced();
    const { account } = office.sandbox;
    account.update('clients', pick(office, 'clients').id, { name: 'Renamed' });
    const user = pick(office, 'users', (record) => record['is_active'] === true).id;
    account.update('users', user, { first_name: 'Ren', last_name: 'Amed' });
    expect(await restatedBy(office)).toEqual([]);
    expect(await restatedBy(office, { fullRefresh: true })).toEqual([]);
    expect(
      await numberOf(office, "SELECT count(*) FROM time_clients WHERE client_name = 'Renamed'"),
    ).toBeGreaterThan(0);
  });

  it('of a column that is switched on, whose stream is read again', async () => {
    await using office = await openOffice({ now: NOW });
    const without = new Map([['time_team', { include: null, exclude: ['weekly_capacity'], hash: [] }]]);
    const { config } = SETTINGS;
    const streams = ['users', 'time_entries', 'time_team'];
    await office.sync({ streams, config: { ...config, streams: { overrides: without } } });
    office.sandbox.account.clock.advance(HOUR);
    writeLate(office, '2025-12');
    const run = await office.sync({ streams, config });
    expect(columnsIn(await said(office, run))).toEqual(['total_hours']);
    expect(await numberOf(office, 'SELECT count(*) FROM time_team WHERE weekly_capacity IS NULL')).toBe(0);
  });

  it('by a run that was killed before its months were stored; the next one notes it, once', async () => {
    await using office = await openSynced();
    writeLate(office, '2025-12');
    const before = await cells(office);
    const killed = await office
      .sync({
        ...SETTINGS,
        wrapDoor: (door) => ({
          ...door,
          open: async (session) =>
            interpose(await door.open(session), {
              commit: async (_warehouse, commit) => {
                const tables = (commit as Commit).loads.map(({ load }) => load.table.name);
                if (tables.includes('time_team')) throw new Error('killed');
              },
            }),
        }),
      })
      .catch(() => null);
    expect(killed?.result.outcome).not.toBe('ok');
    const team = "SELECT count(*) FROM _restatements WHERE stream = 'time_team'";
    expect(await numberOf(office, team)).toBe(0);
    await office.sync(SETTINGS);
    const all = await office.query(SAID);
    expect(all.map(([text]) => text ?? '').toSorted()).toEqual(changes(before, await cells(office)));
    expect(await numberOf(office, team)).toBeGreaterThan(0);
  });
});
