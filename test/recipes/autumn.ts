/** An account in which everything happens that the recipes ask for, and the runs that saw it. */
import type { EngineOptions } from '../support/engine.ts';
import { openOffice, type Office } from '../support/office.ts';
import { idIn, pick, type SentRecord } from '../support/pick.ts';

const STREAMS = [
  'clients',
  'projects',
  'tasks',
  'users',
  'invoices',
  'invoice_payments',
  'time_entries',
  'billable_rates',
  'project_budget',
  'time_clients',
  'time_projects',
  'time_team',
  'uninvoiced',
];

const isSeptember = (record: SentRecord): boolean => String(record['spent_date']).startsWith('2026-09');

/** What happens on a day, before its run at six o'clock. */
type Day = (office: Office) => void;

/** In the order in which it happens; 5 October is when September is closed. */
const DAYS: Readonly<Record<string, Day>> = {
  '2026-10-01': (office) => {
    office.sandbox.account.create('tasks', { name: 'Fax service', is_default: false });
  },
  '2026-10-06': (office) => {
    office.sandbox.account.update('clients', pick(office, 'clients').id, { name: 'Renamed Holding' });
  },
  '2026-10-12': (office) => {
    const { account } = office.sandbox;
    account.update('users', worker(office), { weekly_capacity: 72_000 });
    account.create('billable_rates', { user_id: worker(office), amount: 155.5, start_date: '2026-10-12' });
    const invoice = pick(office, 'invoices', (record) => record['state'] === 'open');
    account.create('invoice_payments', { invoice_id: invoice.id, amount: Number(invoice['due_amount']) });
  },
  '2026-10-14': (office) => {
    const project = pick(
      office,
      'projects',
      (record) => Number(record['budget']) > 0 && record['is_active'] === true,
    );
    office.sandbox.account.update('projects', project.id, { budget: Number(project['budget']) + 40 });
  },
  '2026-10-16': (office) => {
    const like = pick(office, 'time_entries', isSeptember);
    const work = { project_id: idIn(like, 'project'), task_id: idIn(like, 'task'), user_id: worker(office) };
    office.sandbox.account.create('time_entries', { ...work, spent_date: '2026-09-24', hours: 2.25 });
  },
  '2026-10-19': (office) => {
    const { account } = office.sandbox;
    const task = pick(office, 'tasks', (record) => record['name'] === 'Fax service');
    account.remove('tasks', task.id);
    const isBilled = (record: SentRecord): boolean => isSeptember(record) && record['billable'] === true;
    account.remove('time_entries', pick(office, 'time_entries', isBilled).id);
  },
  '2026-11-03': (office) => {
    const like = pick(office, 'time_entries', isSeptember);
    const work = { project_id: idIn(like, 'project'), task_id: idIn(like, 'task'), user_id: worker(office) };
    office.sandbox.account.create('time_entries', { ...work, spent_date: '2026-10-20', hours: 3 });
    office.sandbox.account.update('users', worker(office), { weekly_capacity: 108_000 });
  },
};

/** Who wrote the first entry of September that is listed. */
function worker(office: Office): number {
  return idIn(pick(office, 'time_entries', isSeptember), 'user');
}

/**
 * Lives through the autumn. The warehouse's clock is that of the account.
 *
 * @param engine how each day is synced; absent: into the office's own file
 */
export async function liveThroughAutumn(engine: EngineOptions = {}): Promise<Office> {
  const office = await openOffice({ now: '2026-10-01T06:00:00Z', clock: 'stands' });
  try {
    for (const [day, happen] of Object.entries(DAYS)) await live(office, day, happen, engine);
    return office;
  } catch (error) {
    await office[Symbol.asyncDispose]();
    throw error;
  }
}

async function live(office: Office, day: string, happen: Day, engine: EngineOptions): Promise<void> {
  const { clock } = office.sandbox.account;
  clock.set(`${day}T05:00:00Z`);
  happen(office);
  clock.set(`${day}T06:00:00Z`);
  const { result } = await office.sync({
    streams: STREAMS,
    now: () => new Date(clock.nowMs()),
    config: { startDate: '2026-03-01' },
    ...engine,
  });
  if (result.outcome !== 'ok') throw new Error(`the run of ${day}: ${JSON.stringify(result)}`);
}
