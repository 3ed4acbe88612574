/**
 * Each fault that passes, at each kind of request: the run rides it out, the tables hold what the account holds, no key
 * stands twice, and the versions of the checkpoints have neither a gap nor a second copy.
 */
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EngineOptions } from '../support/engine.ts';
import type { Bench } from './support/bench.ts';
import { Branch, brokenVersions, failuresOf, openAccount, startStepBench } from './support/branch.ts';
import {
  BAD_GATEWAY_HTML,
  errorAnswer,
  INTERNAL_ERROR,
  JOB_ERRORS,
  JOB_RATE_LIMIT_EXCEEDED,
  RATE_LIMIT_AS_INVALID_QUERY,
  RATE_LIMIT_EXCEEDED,
} from './support/documented-errors.ts';
import {
  answer,
  answerAfter,
  cut,
  delay,
  dropAfter,
  dropBefore,
  jobFails,
  unavailableAfter,
  unavailableBefore,
  type Fault,
} from './support/faults.ts';
import { GROUPS, REQUESTS, type GroupName, type RequestName } from './support/groups.ts';

const TOO_MANY = errorAnswer(429, { reason: 'rateLimitExceeded', message: 'Too many requests' });

/** What can befall any request. */
const ANY: Readonly<Record<string, () => Fault>> = {
  'is lost': dropBefore,
  'loses its answer': dropAfter,
  'is answered 503': unavailableBefore,
  'is done and answered 503': unavailableAfter,
  'is answered in half': cut,
  'is answered 403 rateLimitExceeded': () => answer(RATE_LIMIT_EXCEEDED),
  'is answered 429': () => answer(TOO_MANY),
  'is answered 502 as HTML': () => answer(BAD_GATEWAY_HTML),
  'is done and answered 502 as HTML': () => answerAfter(BAD_GATEWAY_HTML),
  'is answered 500': () => answer(INTERNAL_ERROR),
  'takes its time': () => delay(400),
};

/** What can befall the submission of a job besides, and the job itself. */
const JOB: Readonly<Record<string, () => Fault>> = {
  'is answered 400 Exceeded rate limits': () => answer(RATE_LIMIT_AS_INVALID_QUERY),
  'is answered 400 jobRateLimitExceeded': () => answer(JOB_RATE_LIMIT_EXCEEDED),
  'ends with jobBackendError': () => jobFails(JOB_ERRORS.jobBackendError),
  'ends with jobInternalError': () => jobFails(JOB_ERRORS.jobInternalError),
  'ends with rateLimitExceeded': () => jobFails(JOB_ERRORS.rateLimitExceeded),
};

/** What can befall a transaction. */
const TRANSACTION: Readonly<Record<string, () => Fault>> = {
  'ends aborted': () => jobFails(JOB_ERRORS.transactionAborted),
  'ends as not serializable': () => jobFails(JOB_ERRORS.couldNotSerialize),
  'ends with too many DML': () => jobFails(JOB_ERRORS.tooManyDml),
};

/** Requests of a run into a dataset that is there, with what befalls them; `half`: each second fault, for time's sake. */
const STEADY: readonly (readonly [RequestName, Readonly<Record<string, () => Fault>>, 'all' | 'half'])[] = [
  ['commitSent', { ...ANY, ...JOB, ...TRANSACTION }, 'all'],
  ['commitLooked', ANY, 'half'],
  ['loadSent', { ...ANY, ...JOB }, 'all'],
  ['loadLooked', ANY, 'half'],
  ['compareSent', { ...ANY, ...JOB }, 'all'],
  ['compareLooked', ANY, 'half'],
  ['historySent', { ...ANY, ...JOB }, 'half'],
  ['changesListed', ANY, 'half'],
  ['statesListed', ANY, 'half'],
  ['lockTaken', ANY, 'all'],
  ['lockGiven', ANY, 'half'],
  ['tableRead', ANY, 'half'],
  ['datasetRead', ANY, 'half'],
  ['stagingDropped', ANY, 'half'],
];

interface Case {
  readonly request: RequestName;
  readonly what: string;
  readonly fault: () => Fault;
  readonly group: GroupName;
}

const NAMES = Object.keys(GROUPS) as GroupName[];
const CASES: readonly Case[] = STEADY.flatMap(([request, faults, share]) =>
  Object.entries(faults)
    .filter((_fault, at) => share === 'all' || at % 2 === 0)
    .map(([what, fault]) => ({ request, what, fault })),
).map((each, at) => ({ ...each, group: NAMES[at % NAMES.length] ?? 'clients' }));

/** The emulator slows down with what it holds; it is replaced after so many cases. */
const CASES_PER_BENCH = 35;

let bench: Bench | null = null;
let account: Awaited<ReturnType<typeof openAccount>> | null = null;
let branch: Branch;
let cases = 0;

async function close(): Promise<void> {
  await account?.[Symbol.asyncDispose]();
  await bench?.[Symbol.asyncDispose]();
}

beforeEach(async () => {
  if (cases % CASES_PER_BENCH === 0) {
    await close();
    [bench, account] = await Promise.all([startStepBench(), openAccount()]);
    const streams = Object.values(GROUPS).flatMap((group) => group.streams);
    branch = new Branch(bench, 'steady', account, streams);
    expect(failuresOf(await branch.sync())).toEqual([]);
  }
  cases += 1;
  branch.bench.proxy.reset();
});
afterAll(async () => {
  process.stderr.write(`${cases} cases of faults\n`);
  await close();
});

async function expectTruth(of: Branch, streams: readonly string[]): Promise<void> {
  expect(await of.differences({ streams, lags: true })).toEqual([]);
  expect(brokenVersions(await of.versions())).toEqual([]);
  expect(of.bench.proxy.problems).toEqual([]);
}

/** The emulator is done with most jobs when it answers; BigQuery is not. */
function letJobsTakeTime({ bench: { proxy } }: Branch): void {
  const sent = { kind: ['job.insert.query', 'job.insert.load'] } as const;
  proxy.rewrite(sent, (body) => ({ ...body, status: { state: 'RUNNING' } }));
}

/** A run that a fault befalls, and that ends well all the same. */
async function ridesOut(
  of: Branch,
  { request, fault, group }: Omit<Case, 'what'>,
  more: EngineOptions = {},
): Promise<void> {
  const planned = of.bench.proxy.plan(REQUESTS[request], fault());
  if (request.endsWith('Looked')) letJobsTakeTime(of);
  const { streams } = GROUPS[group];
  const run = await of.sync({ streams, ...more });
  expect(planned.happened).toBe(1);
  expect(failuresOf(run)).toEqual([]);
  await expectTruth(of, streams);
}

describe('a run into tables that are there', () => {
  it.each(CASES)('goes well when $request $what ($group)', async (each) => {
    await GROUPS[each.group].edit(branch, cases);
    await ridesOut(branch, each);
  });

  it('answers as before when a commit’s answer is lost, and asks for the job instead of doing it twice', async () => {
    const gained = async (run: () => Promise<unknown>): Promise<number> => {
      await GROUPS.roles.edit(branch, cases);
      const before = (await branch.versions()).get('roles')?.length ?? 0;
      await run();
      return ((await branch.versions()).get('roles')?.length ?? 0) - before;
    };
    const undisturbed = await gained(() => branch.sync({ streams: ['roles'] }));
    branch.bench.proxy.reset();
    const disturbed = await gained(() =>
      ridesOut(branch, { request: 'commitSent', fault: dropAfter, group: 'roles' }),
    );
    expect([undisturbed, disturbed]).toEqual([1, 1]);
    const sent = branch.bench.proxy.log.filter(
      ({ kind, role }) => kind === 'job.insert.query' && role === 'commit',
    );
    expect(new Set(sent.map(({ jobId }) => jobId)).size).toBe(sent.length);
  });

  it.each(['is lost', 'loses its answer', 'is answered in half', 'is done and answered 503'])(
    'goes well when bare checkpoints are to be saved and the request %s',
    async (what) => {
      const more = { streams: ['roles', 'company'] };
      await branch.sync(more);
      branch.bench.proxy.reset();
      const planned = branch.bench.proxy.plan(REQUESTS.bareSent, ANY[what]?.() ?? dropBefore());
      expect(failuresOf(await branch.sync(more))).toEqual([]);
      expect(planned.happened).toBe(1);
      await expectTruth(branch, more.streams);
    },
  );

  it.each(['is lost', 'is answered in half', 'is answered 502 as HTML'])(
    'tells how many rows were renamed when asking for it %s',
    async (what) => {
      const [client] = [...branch.sandbox.account.truth('clients')] as { readonly id: number }[];
      await branch.write('PATCH', `clients/${String(client?.id)}`, { name: `Renamed ${cases}` });
      const planned = branch.bench.proxy.plan(REQUESTS.commitResult, ANY[what]?.() ?? dropBefore());
      const run = await branch.sync({ streams: ['clients'] });
      expect(planned.happened).toBe(1);
      expect(failuresOf(run)).toEqual([]);
      expect(run.result.renamed).toBeGreaterThan(0);
      await expectTruth(branch, ['clients', 'invoices', 'time_entries']);
    },
  );

  it.each(Object.keys(ANY).filter((_what, at) => at % 2 === 0))(
    'goes well when a column is added and the request %s',
    async (what) => {
      const fresh = new Branch(branch.bench, `columns_${cases}`, branch, ['roles']);
      const overrides = new Map([['roles', { include: null, exclude: ['name'], hash: [] }]]);
      expect(failuresOf(await fresh.sync({ config: { streams: { overrides } } }))).toEqual([]);
      const fault = ANY[what] ?? dropBefore;
      await ridesOut(fresh, { request: 'tableChanged', fault, group: 'roles' });
    },
  );
});

describe('a run into a dataset that is not there', () => {
  const firsts = (['datasetMade', 'tableMade', 'loadSent', 'commitSent', 'lockTaken'] as const).flatMap(
    (request) =>
      ['is lost', 'loses its answer', 'is done and answered 503', 'is answered 403 rateLimitExceeded'].map(
        (what): Case => ({ request, what, fault: ANY[what] ?? dropBefore, group: 'roles' }),
      ),
  );

  it.each(firsts)('goes well when $request $what', async (each) => {
    await ridesOut(new Branch(branch.bench, `fresh_${cases}`, branch, GROUPS[each.group].streams), each);
  });
});
