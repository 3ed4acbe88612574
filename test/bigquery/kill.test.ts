/**
 * A real process that syncs to BigQuery is killed with SIGKILL: before and after each thing that it asks of BigQuery,
 * and at random moments. One undisturbed run later the tables hold what the account holds. `KILLS` says how often
 * (24 unless it is set).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomFrom } from '../support/random.ts';
import { ask, type Bench } from './support/bench.ts';
import { Branch, brokenVersions, failuresOf, openAccount, startStepBench } from './support/branch.ts';
import { dropBefore, type Fault } from './support/faults.ts';
import type { Match, Moment } from './support/fault-proxy.ts';

const CHILD = fileURLToPath(new URL('../support/crash-child.ts', import.meta.url));
const KILLS = Number(process.env['KILLS'] ?? 24);
const STREAMS = ['clients', 'invoices', 'invoice_payments'];
const DAY_MS = 86_400_000;

let bench: Bench;
let account: Awaited<ReturnType<typeof openAccount>>;
let branch: Branch;
let kills = 0;
let runs = 0;
let edits = 0;
let conflicts = 0;
/** Ids of runs that were killed while they held the lock. */
const crashed = new Set<string>();

beforeAll(async () => {
  [bench, account] = await Promise.all([startStepBench(), openAccount()]);
  branch = new Branch(bench, 'killed', account, STREAMS);
  expect(failuresOf(await branch.sync())).toEqual([]);
});
afterAll(async () => {
  process.stderr.write(
    `killed ${kills} times, ${runs} undisturbed runs after them, ${conflicts} of them met a job that was still on its way\n`,
  );
  await account[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

function launch({ dataset }: Branch): ChildProcess {
  const bigQuery = { url: bench.proxy.url, dataset };
  const order = { target: account.target, bigQuery, streams: STREAMS };
  return spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(order)], { stdio: 'ignore' });
}

/** Waits for the end of a child, and tells whether it was killed. */
async function ended(child: ChildProcess): Promise<boolean> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const isKilled = child.signalCode === 'SIGKILL';
  if (isKilled) kills += 1;
  return isKilled;
}

/** Changes rows of two streams, of which one has children, and a name that is spread. */
async function edit(): Promise<void> {
  edits += 1;
  const ids = (name: string): readonly number[] =>
    [...account.sandbox.account.truth(name)].map((record) => (record as { readonly id: number }).id);
  const [clients, invoices] = [ids('clients'), ids('invoices')];
  await branch.write('PATCH', `clients/${clients[edits % clients.length]}`, { name: `Client ${edits}` });
  await branch.write('PATCH', `invoices/${invoices[edits % invoices.length]}`, { notes: `Note ${edits}` });
}

/** Whose lock is there. */
async function lockHolder({ dataset }: Branch): Promise<string | null> {
  const { status, body } = await ask(bench.emulator.url, 'GET', `/datasets/${dataset}/tables/_sync_lock`);
  if (status !== 200) return null;
  return (JSON.parse(String(body['description'])) as { readonly run_id: string }).run_id;
}

/**
 * One undisturbed run, and everything that has to hold then. It waits for jobs of the killed process that BigQuery had
 * taken; one that was still on its way arrives all the same: where it ends in the middle of this run, the run notices, and
 * one more is needed.
 */
async function expectRepaired(of: Branch): Promise<void> {
  const left = await lockHolder(of);
  let run = await of.sync();
  runs += 1;
  if (left !== null) {
    crashed.add(`${of.dataset} ${left}`);
    expect(run.events).toContainEqual(
      expect.objectContaining({ event: 'lock.taken_over', gone_run_id: left }),
    );
  }
  const failures = failuresOf(run);
  if (failures.length > 0 && failures.every((failure) => failure.includes('STATE_CONFLICT'))) {
    conflicts += 1;
    run = await of.sync();
    runs += 1;
  }
  expect(failuresOf(run)).toEqual([]);
  expect(await of.differences()).toEqual([]);
  expect(brokenVersions(await of.versions())).toEqual([]);
  expect(await lockHolder(of)).toBeNull();
  const noted = (await of.rows('_sync_runs')).filter(({ outcome }) => outcome === 'crashed');
  const own = [...crashed].filter((id) => id.startsWith(`${of.dataset} `)).map((id) => id.split(' ')[1]);
  expect(noted.map(({ run_id: id }) => id)).toEqual(expect.arrayContaining(own));
  expect(new Set(noted.map(({ run_id: id }) => id)).size).toBe(noted.length);
  expect(bench.proxy.problems).toEqual([]);
}

interface Boundary {
  readonly name: string;
  readonly match: Match;
  readonly moment: Moment;
  readonly nth?: number;
  /** What becomes of the request itself. */
  readonly fault?: Fault;
  /** It arrives all the same, so long after the end of the process. */
  readonly lateMs?: number;
  /** Kills a first load into a dataset of its own. */
  readonly isFirst?: true;
}

const lost = dropBefore();
const lock = (kind: 'table.insert' | 'table.delete'): Match => ({
  kind,
  where: ({ table }) => table === '_sync_lock',
});
const isBare = (sql: string | null | undefined): boolean => sql?.startsWith('INSERT INTO') === true;
const commit: Match = { role: 'commit', kind: 'job.insert.query', where: ({ job }) => !isBare(job?.sql) };
const bare: Match = { role: 'commit', kind: 'job.insert.query', where: ({ job }) => isBare(job?.sql) };
const load: Match = { role: 'load', kind: 'job.insert.load' };
const compare: Match = { role: 'compare', kind: 'job.insert.query' };
const history = (table: string): Match => ({
  role: 'append',
  kind: 'job.insert.load',
  where: ({ job }) => job?.destination?.endsWith(`.${table}`) === true,
});
const staged: Match = { kind: 'tabledata.list', where: ({ dataset }) => dataset === '_harvest_staging' };
const dropped: Match = { kind: 'table.delete', where: ({ dataset }) => dataset === '_harvest_staging' };
const ofData: Match = { kind: 'table.insert', where: ({ table }) => !String(table).startsWith('_') };

const BOUNDARIES: readonly Boundary[] = [
  { name: 'the dataset is made', match: { kind: 'dataset.insert' }, moment: 'effective', isFirst: true },
  { name: 'a table is asked for', match: ofData, moment: 'received', nth: 2, fault: lost, isFirst: true },
  { name: 'a table is made', match: ofData, moment: 'effective', nth: 3, isFirst: true },
  { name: 'the first load is committed', match: commit, moment: 'effective', nth: 2, isFirst: true },
  { name: 'the lock is asked for', match: lock('table.insert'), moment: 'received', fault: lost },
  { name: 'the lock is taken', match: lock('table.insert'), moment: 'effective' },
  { name: 'the lock is answered', match: lock('table.insert'), moment: 'answered' },
  { name: 'a load is sent', match: load, moment: 'received', fault: lost },
  { name: 'a load is done', match: load, moment: 'effective' },
  { name: 'a load is answered', match: load, moment: 'answered', nth: 2 },
  { name: 'a comparison is sent', match: compare, moment: 'received', fault: lost },
  { name: 'a comparison is done', match: compare, moment: 'effective' },
  { name: 'the changes are listed', match: staged, moment: 'answered' },
  { name: 'a commit is sent and lost', match: commit, moment: 'received', fault: lost },
  { name: 'a commit is on its way', match: commit, moment: 'received', lateMs: 1_500 },
  { name: 'a commit is done', match: commit, moment: 'effective' },
  { name: 'a commit is answered', match: commit, moment: 'answered' },
  { name: 'the second commit is done', match: commit, moment: 'effective', nth: 2 },
  { name: 'staging is dropped', match: dropped, moment: 'effective' },
  { name: 'bare checkpoints are sent', match: bare, moment: 'received', fault: lost },
  { name: 'bare checkpoints are done', match: bare, moment: 'effective' },
  { name: 'the history is sent', match: history('_sync_runs'), moment: 'received', fault: lost },
  { name: 'half of the history is done', match: history('_sync_runs'), moment: 'effective' },
  { name: 'the history is done', match: history('_sync_streams'), moment: 'effective' },
  { name: 'the lock is given back', match: lock('table.delete'), moment: 'received', fault: lost },
];

describe('a process that is killed', () => {
  it.each(BOUNDARIES)('when $name leaves what one more run repairs', async (boundary) => {
    const { match, moment, nth = 1, fault, lateMs = 0, isFirst } = boundary;
    const of = isFirst ? new Branch(bench, `first_${runs}`, account, STREAMS) : branch;
    await edit();
    bench.proxy.reset();
    const child = launch(of);
    const hook = async (): Promise<void> => {
      child.kill('SIGKILL');
      if (child.signalCode === null) await once(child, 'exit');
      await wait(lateMs);
    };
    bench.proxy.on(moment, match, hook, { nth });
    if (fault !== undefined) bench.proxy.plan(match, fault, { nth });
    expect(await ended(child)).toBe(true);
    await expectRepaired(of);
  });

  it('at random moments, several times in a row, leaves what one more run repairs', async () => {
    const random = randomFrom(20_261_124);
    bench.proxy.reset();
    const wanted = Math.max(KILLS, kills + 3);
    for (let attempt = 1; kills < wanted; attempt += 1) {
      await edit();
      const child = launch(branch);
      const timer = setTimeout(() => child.kill('SIGKILL'), 700 + random() * 5_000);
      await ended(child);
      clearTimeout(timer);
      if (attempt % 4 === 0 || kills >= wanted) await expectRepaired(branch);
    }
    expect(kills).toBeGreaterThanOrEqual(wanted);
  });

  it('leaves nothing behind for good: what is staged expires', async () => {
    const { body } = await ask(bench.emulator.url, 'GET', '/datasets/_harvest_staging');
    expect(Number(body['defaultTableExpirationMs'])).toBe(DAY_MS);
  });
});
