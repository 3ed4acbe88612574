/** The account as tests in the same process hold it: its data, its truth, and edits that act like Harvest's routes. */
import type { Account } from './account.ts';
import { runAtOnce } from './chunked.ts';
import type { SandboxClock } from './clock.ts';
import { type DayOptions, type DayReport, passDay } from './day.ts';
import type { Modules, Rec } from './model.ts';
import { touch } from './write-rule.ts';
import { monthsOf, truthOf, type TruthParams } from './truth.ts';
import { restartEntry, stopEntry, touchEntry } from './write-entries.ts';
import { createRecord, removeRecord, updateRecord, type Writable } from './writes.ts';
import type { TokenName } from './oauth.ts';

export class SandboxAccount {
  /** The tables and columns themselves. */
  readonly data: Account;

  constructor(data: Account) {
    this.data = data;
  }

  get clock(): SandboxClock {
    return this.data.clock;
  }

  /** Every record of a stream, as an administrator would get it; see truth.ts. */
  truth(stream: string, params?: TruthParams): Generator<Rec> {
    return truthOf(this.data, stream, params);
  }

  /** Months of the reports, `YYYY-MM`, ascending. */
  months(): string[] {
    return monthsOf(this.data);
  }

  /** Adds a record as its POST route would; a child names its parent (`invoice_id`, `user_id` …). Gives its id. */
  create(kind: Writable, body: Rec): number {
    return createRecord(this.data, kind, body, this.data.people.administrator);
  }

  update(kind: Writable, id: number, body: Rec): void {
    updateRecord(this.data, kind, id, body);
  }

  remove(kind: Writable, id: number): void {
    removeRecord(this.data, kind, id);
  }

  /** Stops a running timer. */
  stop(id: number): void {
    stopEntry(this.data, id);
  }

  /** Starts the timer of a time entry again. */
  restart(id: number): void {
    restartEntry(this.data, id);
  }

  /** Stamps every record of a kind as changed now, as a change of Harvest's own making does. */
  touchAll(kind: Writable): void {
    if (kind !== 'time_entries') {
      for (const row of this.data.tables[kind].all()) touch(this.data, row);
      return;
    }
    const { entries } = this.data;
    const visit = entries.visit(entries.firstDay, entries.lastDay, (row) => touchEntry(this.data, row));
    runAtOnce(visit);
  }

  passDay(options?: DayOptions): DayReport {
    return passDay(this.data, options);
  }

  /** Switches modules on and off. */
  setModules(modules: Partial<Modules>): void {
    Object.assign(this.data.modules, modules);
  }

  /** Gives the person behind a token other access roles, such as `['member']`. */
  setRole(token: TokenName, accessRoles: readonly string[]): void {
    const user = this.data.tables.users.get(this.data.people[token]);
    if (user === undefined) return;
    user.access_roles = [...accessRoles];
    touch(this.data, user);
    this.data.entries.version += 1;
  }
}
