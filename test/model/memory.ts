/**
 * What each record looked like since it last changed, so that a value that lags can be told from a wrong one: it has
 * to be one that the record had after its last change.
 */
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { Canonical } from '../support/tables.ts';
import { flatRecord, KEYS, reportMonths, type Cell } from '../support/truth.ts';

type Fields = { readonly [column: string]: Canonical };

interface Remembered {
  updatedAt: Canonical;
  /** The record as it was, by its text. */
  readonly versions: Map<string, Fields>;
}

/** Streams of which something may lag. */
const REMEMBERED = [
  'time_entries', 'expenses', 'projects', 'user_assignments', 'task_assignments', 'project_assignments', 'users',
  'invoices', 'estimates', 'invoice_payments', 'invoice_messages', 'estimate_messages', 'uninvoiced', 'time_clients',
  'time_projects', 'time_tasks', 'time_team', 'expenses_clients', 'expenses_projects', 'expenses_categories',
  'expenses_team',
] as const; // prettier-ignore

export class Memory {
  readonly #records = new Map<string, Remembered>();
  readonly #sandbox: Sandbox;
  readonly #startDate: () => string | null;

  /** `startDate`: the date that the tables follow now. */
  constructor(sandbox: Sandbox, startDate: () => string | null) {
    this.#sandbox = sandbox;
    this.#startDate = startDate;
  }

  /** Takes note of the account as it is now. */
  note(): void {
    const months = reportMonths(this.#sandbox, this.#startDate() ?? undefined);
    for (const table of REMEMBERED) {
      for (const record of this.#sandbox.account.truth(table, { months })) this.#remember(table, record);
    }
  }

  /** Whether a record had this value at some time since it last changed; a row that was a record's at some time. */
  had({ table, key, column, at, value }: Cell): boolean {
    const known = this.#records.get(`${table} ${key}`);
    if (column === null) return known !== undefined;
    const text = JSON.stringify(value);
    return [...(known?.versions.values() ?? [])].some((fields) => {
      const [name = '', field = ''] = column.split('.');
      const whole = fields[name] ?? null;
      if (at === null) return JSON.stringify(whole) === text;
      const item = Array.isArray(whole) ? (whole[at] as Fields | undefined) : undefined;
      return JSON.stringify(item?.[field] ?? null) === text;
    });
  }

  #remember(table: string, record: unknown): void {
    const fields = flatRecord(record);
    const key = (KEYS[table] ?? ['id']).map((column) => String(fields[column])).join('|');
    const updatedAt = fields['updated_at'] ?? null;
    const name = `${table} ${key}`;
    let known = this.#records.get(name);
    if (known === undefined || known.updatedAt !== updatedAt) {
      known = { updatedAt, versions: new Map() };
      this.#records.set(name, known);
    }
    known.versions.set(JSON.stringify(fields), fields);
  }
}
