/** The account's data and the look-ups that everything else needs. Knows nothing of requests. */
import { dayOf } from './calendar.ts';
import type { SandboxClock } from './clock.ts';
import { EntryStore } from './entries.ts';
import type * as model from './model.ts';
import { Table } from './table.ts';

/** Tables by the name of their stream. */
export interface Tables {
  readonly clients: Table<model.Client>;
  readonly contacts: Table<model.Contact>;
  readonly users: Table<model.User>;
  readonly roles: Table<model.Role>;
  readonly tasks: Table<model.Task>;
  readonly projects: Table<model.Project>;
  readonly user_assignments: Table<model.UserAssignment>;
  readonly task_assignments: Table<model.TaskAssignment>;
  readonly billable_rates: Table<model.Rate>;
  readonly cost_rates: Table<model.Rate>;
  readonly expense_categories: Table<model.ExpenseCategory>;
  readonly expenses: Table<model.Expense>;
  readonly invoice_item_categories: Table<model.ItemCategory>;
  readonly estimate_item_categories: Table<model.ItemCategory>;
  readonly invoices: Table<model.Invoice>;
  readonly invoice_payments: Table<model.Payment>;
  readonly invoice_messages: Table<model.Message>;
  readonly estimates: Table<model.Estimate>;
  readonly estimate_messages: Table<model.Message>;
}

export interface AccountSettings {
  readonly seed: number;
  readonly clock: SandboxClock;
  readonly modules: model.Modules;
  readonly entryCapacity: number;
  /** Whether the hours of a running timer grow with the clock, without a new updated_at. */
  readonly liveTimers: boolean;
  /** Whether assignments and budgets leave out archived ones where is_active is not given. */
  readonly hideArchived: boolean;
  /** Whether a deleted payment or message gives its invoice or estimate a new updated_at. */
  readonly deletedChildTouches: boolean;
}

/** GET /v2/company without the module flags. */
export type Company = Record<string, string | number | boolean>;

export class Account {
  readonly id: number;
  readonly seed: number;
  readonly clock: SandboxClock;
  readonly modules: model.Modules;
  readonly liveTimers: boolean;
  readonly hideArchived: boolean;
  readonly deletedChildTouches: boolean;
  readonly company: Company = {};
  readonly tables: Tables;
  readonly entries: EntryStore;
  /** People behind the three tokens. */
  readonly people = { administrator: 0, manager: 0, member: 0 };
  /** Line items have ids of their own, across invoices and estimates. */
  #nextLineItem: number;

  constructor(settings: AccountSettings) {
    this.id = 1_000_000 + (settings.seed % 8_999_999);
    this.seed = settings.seed;
    this.clock = settings.clock;
    this.modules = settings.modules;
    this.liveTimers = settings.liveTimers;
    this.hideArchived = settings.hideArchived;
    this.deletedChildTouches = settings.deletedChildTouches;
    this.tables = createTables();
    this.entries = new EntryStore(settings.entryCapacity);
    this.#nextLineItem = 153_000_000;
  }

  nextLineItemId(): number {
    this.#nextLineItem += 1;
    return this.#nextLineItem;
  }

  /** The assignment of a person to a project, archived or not. */
  userAssignment(user: number, project: number): model.UserAssignment | undefined {
    return this.tables.user_assignments.of(project).find((each) => each.user_id === user);
  }

  taskAssignment(project: number, task: number): model.TaskAssignment | undefined {
    return this.tables.task_assignments.of(project).find((each) => each.task_id === task);
  }

  clientOfProject(project: number): model.Client | undefined {
    return this.tables.clients.get(this.tables.projects.get(project)?.client_id ?? null);
  }

  /** The rate of a person on a day, null where none reaches that far. */
  rateOn(kind: 'billable_rates' | 'cost_rates', user: number, day: number): number | null {
    let found: number | null = null;
    let since = -1;
    for (const rate of this.tables[kind].of(user)) {
      const start = rate.start_date === null ? 0 : dayOf(rate.start_date);
      if (start <= day && start > since) {
        found = rate.amount;
        since = start;
      }
    }
    return found;
  }

  /** `First Last`, or null where the person is gone. */
  userName(id: number | null): string | null {
    const user = this.tables.users.get(id);
    return user === undefined ? null : [user.first_name, user.last_name].filter(Boolean).join(' ');
  }
}

function createTables(): Tables {
  const byProject = (row: { project_id: number }): number => row.project_id;
  const byUser = (row: { user_id: number }): number => row.user_id;
  const byParent = (row: { parent_id: number }): number => row.parent_id;
  return {
    clients: new Table(14_100_000),
    contacts: new Table(9_700_000),
    users: new Table(4_710_000),
    roles: new Table(1_120_000),
    tasks: new Table(21_300_000),
    projects: new Table(39_400_000),
    user_assignments: new Table<model.UserAssignment>(431_000_000, byProject),
    task_assignments: new Table<model.TaskAssignment>(422_000_000, byProject),
    billable_rates: new Table<model.Rate>(3_360_000, byUser),
    cost_rates: new Table<model.Rate>(2_940_000, byUser),
    expense_categories: new Table(10_880_000),
    expenses: new Table(42_500_000),
    invoice_item_categories: new Table(3_550_000),
    estimate_item_categories: new Table(3_250_000),
    invoices: new Table(43_210_000),
    invoice_payments: new Table(32_660_000, (row) => row.invoice_id),
    invoice_messages: new Table<model.Message>(78_800_000, byParent),
    estimates: new Table(4_440_000),
    estimate_messages: new Table<model.Message>(7_070_000, byParent),
  };
}
