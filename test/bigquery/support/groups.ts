/** Streams that are synced together, with an edit each that makes a run load, compare and commit; all modes are there. */
import type { Branch } from './branch.ts';
import type { Match } from './fault-proxy.ts';
import type { LoggedRequest } from './exchange.ts';

/** Streams and what changes them. */
export interface Group {
  readonly streams: readonly string[];
  readonly edit: (branch: Branch, nth: number) => Promise<unknown>;
}

function pick(branch: Branch, stream: string, nth: number, id = 'id'): string {
  const records = [...branch.sandbox.account.truth(stream)] as Record<string, unknown>[];
  return String(records[nth % records.length]?.[id]);
}

/** By name. The first sync of all their streams makes about twenty jobs. */
export const GROUPS = {
  clients: {
    streams: ['clients'],
    edit: (branch, nth) =>
      branch.write('PATCH', `clients/${pick(branch, 'clients', nth)}`, { address: `Street ${nth}` }),
  },
  rates: {
    streams: ['users', 'billable_rates', 'cost_rates'],
    edit: async (branch, nth) => {
      const user = pick(branch, 'users', nth);
      const body = { amount: 50 + nth, start_date: `2027-01-${String(1 + (nth % 28)).padStart(2, '0')}` };
      await branch.write('POST', `users/${user}/billable_rates`, body);
      await branch.write('POST', `users/${user}/cost_rates`, body);
    },
  },
  time: {
    streams: ['time_entries', 'time_clients'],
    edit: (branch, nth) =>
      branch.write('PATCH', `time_entries/${pick(branch, 'time_entries', nth * 7)}`, {
        hours: 1 + (nth % 50) / 100,
      }),
  },
  invoices: {
    streams: ['invoices', 'invoice_payments', 'invoice_messages'],
    edit: async (branch, nth) => {
      const invoice = pick(branch, 'invoices', nth);
      await branch.write('PATCH', `invoices/${invoice}`, { notes: `Note ${nth}` });
      await branch.write('POST', `invoices/${invoice}/messages`, {
        recipients: [{ name: 'Ada', email: 'ada@example.com' }],
        body: `Message ${nth}`,
      });
    },
  },
  roles: {
    streams: ['roles'],
    edit: (branch, nth) => branch.write('POST', 'roles', { name: `Role ${nth}` }),
  },
  company: {
    streams: ['company'],
    edit: (branch, nth) => branch.write('PATCH', 'company', { weekly_capacity: 100_000 + nth }),
  },
  budget: {
    streams: ['project_budget'],
    edit: (branch, nth) =>
      branch.write('PATCH', `projects/${pick(branch, 'project_budget', nth, 'project_id')}`, {
        budget_by: 'project',
        budget: 100 + nth,
      }),
  },
} as const satisfies Readonly<Record<string, Group>>;

/** The name of a group. */
export type GroupName = keyof typeof GROUPS;

const IS_BARE = /^INSERT INTO [^\n]* VALUES\n/;

function sqlOf({ job }: LoggedRequest): string {
  return job?.sql ?? '';
}

/** Kinds of requests as the connector makes them. */
export const REQUESTS = {
  lockTaken: { kind: 'table.insert', where: ({ table }) => table === '_sync_lock' },
  lockGiven: { kind: 'table.delete', where: ({ table }) => table === '_sync_lock' },
  datasetRead: { kind: 'dataset.get' },
  datasetMade: { kind: 'dataset.insert' },
  tableRead: { kind: 'table.get', where: ({ table }) => table !== '_sync_lock' },
  tableMade: { kind: 'table.insert', where: ({ table }) => table !== '_sync_lock' },
  tableChanged: { kind: 'table.patch', where: ({ table }) => table !== '_sync_lock' },
  statesListed: { kind: 'tabledata.list', where: ({ table }) => table === '_sync_state' },
  changesListed: { kind: 'tabledata.list', where: ({ dataset }) => dataset === '_harvest_staging' },
  loadSent: { kind: 'job.insert.load', role: 'load' },
  loadLooked: { kind: 'job.get', role: 'load' },
  compareSent: { kind: 'job.insert.query', role: 'compare' },
  compareLooked: { kind: 'job.get', role: 'compare' },
  commitSent: {
    kind: 'job.insert.query',
    role: 'commit',
    where: (request) => sqlOf(request).includes('BEGIN TRANSACTION'),
  },
  commitLooked: { kind: 'job.get', role: 'commit' },
  commitResult: { kind: 'job.getQueryResults', role: 'commit' },
  bareSent: { kind: 'job.insert.query', role: 'commit', where: (request) => IS_BARE.test(sqlOf(request)) },
  historySent: { kind: 'job.insert.load', role: 'append' },
  historyLooked: { kind: 'job.get', role: 'append' },
  stagingDropped: { kind: 'table.delete', where: ({ dataset }) => dataset === '_harvest_staging' },
} as const satisfies Readonly<Record<string, Match>>;

/** The name of a kind of request. */
export type RequestName = keyof typeof REQUESTS;
