/** What a run sends to BigQuery, and what that would cost, by the proxy's log. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bench } from './support/bench.ts';
import { Branch, failuresOf, openAccount, startStepBench } from './support/branch.ts';
import type { LoggedRequest } from './support/exchange.ts';
import type { JobFacts } from './support/requests.ts';

const TEN_MIB = 10_485_760;
const INVOICES = ['invoices', 'invoice_payments', 'invoice_messages'];

let bench: Bench;
let account: Awaited<ReturnType<typeof openAccount>>;
let branch: Branch;
/** All requests of all runs, since the proxy forgets. */
const everything: LoggedRequest[] = [];

beforeAll(async () => {
  [bench, account] = await Promise.all([startStepBench(), openAccount()]);
  branch = new Branch(bench, 'quiet', account);
  expect(failuresOf(await branch.sync())).toEqual([]);
});
beforeEach(() => forget());
afterAll(async () => {
  await account[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

function forget(): void {
  everything.push(...bench.proxy.log);
  bench.proxy.reset();
}

/** Jobs that were inserted since the log was forgotten. */
function jobs(): readonly JobFacts[] {
  const inserted = bench.proxy.log.filter(
    ({ kind }) => kind.startsWith('job.insert') || kind === 'upload.start',
  );
  return inserted.flatMap(({ job }) => (job === null ? [] : [job]));
}

function queries(): readonly (JobFacts & { readonly sql: string })[] {
  return jobs().flatMap((job) => (job.sql === null ? [] : [{ ...job, sql: job.sql }]));
}

/** Tables of the dataset that statements name, staging apart. */
function tablesIn(sqls: readonly string[], dataset: string): readonly string[] {
  const named = sqls.flatMap((sql) => [...sql.matchAll(/`([^`]+)`\.`([^`]+)`\.`([^`]+)`/g)]);
  const own = named.filter(([, , of]) => of === dataset).map(([, , , table]) => table ?? '');
  return [...new Set(own)].toSorted();
}

async function changeInvoices(note: string): Promise<void> {
  const invoices = [...account.sandbox.account.truth('invoices')] as { readonly id: number }[];
  for (const { id } of invoices.slice(0, 3)) await branch.write('PATCH', `invoices/${id}`, { notes: note });
}

describe('a run in which nothing has changed', () => {
  it('sends nothing that is billed: one INSERT of values, and loads of the history', async () => {
    expect(failuresOf(await branch.sync())).toEqual([]);
    const sqls = queries().map(({ sql }) => sql);
    expect(sqls).toHaveLength(1);
    expect(sqls[0]).toMatch(/^INSERT INTO `bench`\.`quiet`\.`_sync_state` \([^)]*\) VALUES\n/);
    expect(sqls[0]).not.toMatch(/\b(?:SELECT|FROM|MERGE|UPDATE|DELETE)\b/);
    const loads = jobs().filter(({ sql }) => sql === null);
    expect(loads.map(({ destination }) => destination).toSorted()).toEqual([
      'quiet._sync_runs',
      'quiet._sync_streams',
    ]);
    expect(bench.proxy.log.some(({ kind }) => kind === 'queries')).toBe(false);
    const changing = bench.proxy.log.filter(({ kind }) => /\.(insert|patch|delete)$/.test(kind));
    expect(new Set(changing.map(({ table }) => table))).toEqual(new Set(['_sync_lock']));
  });

  it('stores the day’s snapshot of the budgets once a day, by a load', async () => {
    const streams = ['project_budget'];
    await branch.day();
    expect(failuresOf(await branch.sync({ streams }))).toEqual([]);
    const destinations = jobs().map(({ destination }) => destination);
    expect(destinations.filter((name) => name === 'quiet.project_budget_history')).toHaveLength(1);
    expect(
      tablesIn(
        queries().map(({ sql }) => sql),
        'quiet',
      ),
    ).not.toContain('project_budget_history');
    forget();
    expect(failuresOf(await branch.sync({ streams }))).toEqual([]);
    expect(jobs().map(({ destination }) => destination)).not.toContain('quiet.project_budget_history');
    expect(queries()).toHaveLength(1);
  });
});

describe('a run in which three invoices have changed', () => {
  beforeAll(async () => {
    expect(failuresOf(await branch.sync())).toEqual([]);
    // the day has brought new names, and the run after a rename compares once more
    expect(failuresOf(await branch.sync())).toEqual([]);
    await changeInvoices('changed');
    forget();
    bench.proxy.rewrite({ kind: ['job.get', 'job.insert.query'] }, (body) => {
      const { statistics } = body as { statistics?: { query?: object } };
      const query = { ...statistics?.query, totalBytesBilled: String(TEN_MIB) };
      return statistics?.query === undefined ? body : { ...body, statistics: { ...statistics, query } };
    });
    expect(failuresOf(await branch.sync())).toEqual([]);
    sent = [...queries()];
    loaded = jobs().filter(({ sql }) => sql === null);
  });
  let sent: (JobFacts & { readonly sql: string })[];
  let loaded: readonly JobFacts[];

  it('names only the tables that they touch', () => {
    const touched = tablesIn(
      sent.map(({ sql }) => sql),
      'quiet',
    );
    expect(touched).toEqual(expect.arrayContaining(['_sync_state', 'invoices']));
    const allowed = [...INVOICES, 'invoices_history', '_sync_state', '_deletions'];
    expect(touched.filter((table) => !allowed.includes(table))).toEqual([]);
    const into = loaded.map(({ destination }) => String(destination));
    expect(into.filter((name) => name.startsWith('quiet.')).toSorted()).toEqual([
      'quiet._sync_runs',
      'quiet._sync_streams',
    ]);
    const staged = into.filter((name) => name.startsWith('_harvest_staging.'));
    expect(staged.length).toBeGreaterThan(0);
    expect(staged.filter((name) => !INVOICES.some((stream) => name.includes(`__${stream}__`)))).toEqual([]);
  });

  it('gives each job a cap, a time limit, a location and labels that say whose it is', async () => {
    const last = (await branch.rows('_sync_runs')).map(({ run_id: run }) => run);
    expect(sent.length).toBeGreaterThan(1);
    for (const { maximumBytesBilled, jobTimeoutMs, location, labels, jobId } of [...sent, ...loaded]) {
      expect(Number(jobTimeoutMs)).toBeGreaterThan(0);
      expect(location).toBe('US');
      expect(labels).toMatchObject({ app: 'harvest-bq', connector: 'test' });
      expect(last).toContain(labels['run']);
      const [, stream] =
        /^harvest_test_(.+)_(?:load|compare|commit|append|read)_[0-9a-f]{24}_\d+$/.exec(jobId ?? '') ?? [];
      expect(stream).toBeDefined();
      expect(labels['stream'] ?? 'run').toBe(stream);
      if (sent.some((query) => query.jobId === jobId)) expect(maximumBytesBilled).toBe('10000000000');
    }
  });

  it('notes what each stream was billed', async () => {
    const run = sent[0]?.labels['run'];
    const noted = (await branch.rows('_sync_streams')).filter(({ run_id: id }) => id === run);
    const billed = Object.fromEntries(
      noted.map((row) => [row['stream'], Number(String(row['bytes_billed']).slice(1))]),
    );
    const count = (stream: string): number => sent.filter(({ labels }) => labels['stream'] === stream).length;
    expect(count('invoices')).toBeGreaterThan(1);
    expect(billed).toEqual(
      Object.fromEntries(Object.keys(billed).map((name) => [name, count(name) * TEN_MIB])),
    );
  });
});

describe('a table that people have made their own', () => {
  const table = (name: string, dataset = 'quiet') => bench.direct.dataset(dataset).table(name);

  it('keeps what they set when it is refreshed', async () => {
    const [before] = (await table('clients').getMetadata()) as unknown as [Record<string, unknown>];
    const { fields } = before['schema'] as { readonly fields: readonly { readonly name: string }[] };
    const described = fields.map((field) =>
      field.name === 'name' ? { ...field, description: 'Ours.' } : field,
    );
    await table('clients').setMetadata({
      labels: { ...(before['labels'] as object), team: 'finance' },
      schema: { fields: [...described, { name: 'segment', type: 'STRING' }] },
    });
    await bench.direct.query(
      'UPDATE `bench`.`quiet`.`clients` SET segment = CONCAT("segment ", id) WHERE TRUE',
    );
    const ids = [...account.sandbox.account.truth('clients')].map(
      (client) => (client as { readonly id: number }).id,
    );
    await branch.write('PATCH', `clients/${ids[0]}`, { address: 'Elsewhere 1' });
    expect(failuresOf(await branch.sync({ streams: ['clients'], fullRefresh: true }))).toEqual([]);
    const [after] = (await table('clients').getMetadata()) as unknown as [Record<string, unknown>];
    for (const kept of ['creationTime', 'clustering', 'tableConstraints', 'id'])
      expect({ [kept]: after[kept] }).toEqual({ [kept]: before[kept] });
    expect(after['labels']).toEqual({ ...(before['labels'] as object), team: 'finance' });
    expect(after['schema']).toMatchObject({
      fields: expect.arrayContaining([expect.objectContaining({ name: 'segment', type: 'STRING' })]),
    });
    const rows = await branch.rows('clients');
    expect(rows.filter(({ id, segment }) => segment !== `segment ${String(id).slice(1)}`)).toEqual([]);
    expect(rows.find(({ id }) => id === `#${ids[0]}`)?.['address']).toBe('Elsewhere 1');
  });

  it('keeps policy tags and descriptions of columns when a column is added', async () => {
    const own = new Branch(bench, 'tagged', account, ['clients']);
    const overrides = new Map([['clients', { include: null, exclude: ['address'], hash: [] }]]);
    expect(failuresOf(await own.sync({ config: { streams: { overrides } } }))).toEqual([]);
    forget();
    const policyTags = { names: ['projects/bench/locations/us/taxonomies/1/policyTags/2'] };
    const isClients = ({ table: name }: LoggedRequest): boolean => name === 'clients';
    bench.proxy.rewrite({ kind: 'table.get', where: isClients }, (body) => {
      const { schema } = body as { schema: { fields: readonly { readonly name: string }[] } };
      const fields = schema.fields.map((field) =>
        field.name === 'name' ? { ...field, policyTags, description: 'Ours.' } : field,
      );
      return { ...body, schema: { fields } };
    });
    expect(failuresOf(await own.sync())).toEqual([]);
    const patches = bench.proxy.log.filter((request) => request.kind === 'table.patch' && isClients(request));
    expect(patches).toHaveLength(1);
    const { fields } = (patches[0]?.resource ?? {})['schema'] as {
      readonly fields: readonly { readonly name: string }[];
    };
    expect(fields.find(({ name }) => name === 'name')).toMatchObject({ policyTags });
    expect(fields.map(({ name }) => name)).toContain('address');
  });

  it('is never seen empty or half refreshed', async () => {
    const own = new Branch(bench, 'watched', account, ['clients']);
    expect(failuresOf(await own.sync())).toEqual([]);
    const clients = [...account.sandbox.account.truth('clients')] as { readonly id: number }[];
    for (const { id } of clients) await own.write('PATCH', `clients/${id}`, { address: 'A new address' });
    const look = async (): Promise<string> => {
      const [rows] = await bench.direct.query(
        'SELECT COUNT(*) AS n, COUNTIF(address = "A new address") AS moved FROM `bench`.`watched`.`clients`',
      );
      const { n, moved } = (rows as { n: number; moved: number }[])[0] ?? { n: 0, moved: 0 };
      return `${n} ${moved}`;
    };
    const seen: string[] = [await look()];
    const commit = { role: 'commit', kind: 'job.insert.query' } as const;
    bench.proxy.on('received', commit, async () => seen.push(await look()));
    bench.proxy.on('effective', commit, async () => seen.push(await look()));
    const ending = new AbortController();
    const run = own.sync({ fullRefresh: true }).finally(() => ending.abort());
    while (!ending.signal.aborted) seen.push(await look());
    expect(failuresOf(await run)).toEqual([]);
    seen.push(await look());
    expect([...new Set(seen)].toSorted()).toEqual([
      `${clients.length} 0`,
      `${clients.length} ${clients.length}`,
    ]);
  });
});

describe('all runs together', () => {
  it('never drop or replace a table outside of staging, but for the lock', () => {
    forget();
    const isStaging = (dataset: string | null): boolean => dataset === '_harvest_staging';
    const dropped = everything.filter(({ kind, dataset }) => kind === 'table.delete' && !isStaging(dataset));
    expect(new Set(dropped.map(({ table }) => table))).toEqual(new Set(['_sync_lock']));
    const replaced = everything.flatMap(({ job }) =>
      job?.writeDisposition === 'WRITE_TRUNCATE' ? [job] : [],
    );
    expect(replaced.length).toBeGreaterThan(20);
    expect(replaced.filter(({ destination }) => !isStaging(destination?.split('.')[0] ?? null))).toEqual([]);
    const sqls = everything.flatMap(({ job }) => (job?.sql == null ? [] : [job.sql]));
    expect(
      sqls.filter((sql) => /\b(?:CREATE|DROP|ALTER|TRUNCATE|REPLACE)\b|DELETE\s+FROM/i.test(sql)),
    ).toEqual([]);
    expect(everything.filter(({ kind }) => kind === 'dataset.delete' || kind === 'queries')).toEqual([]);
  });
});
