/** Lists of time entries by filter, without rendering more than a page of them. */
import type { Account } from './account.ts';
import { type Chunked, runInTurns } from './chunked.ts';
import { FLAG } from './entries.ts';
import { derivedReference } from './entry-text.ts';
import type { Rec } from './model.ts';
import { type Listing, plainListing } from './pages.ts';
import { PreparedEntries } from './prepared-entries.ts';
import { readDay, readFlag, readInstant, readWhole } from './query.ts';
import { seesWork, type Viewer } from './roles.ts';

type Test = (row: number) => boolean;

const FAR_DAY = 65_535;

/** The last few filtered lists: the pages of one walk come from one scan, as long as nothing is edited. */
export class EntryLists {
  readonly #account: Account;
  readonly #kept = new Map<string, Uint32Array>();
  #version = -1;
  #prepared: PreparedEntries | null = null;

  constructor(account: Account) {
    this.#account = account;
  }

  /** Makes the bytes of all entries; until something is edited, an administrator's lists of whole days are made of them. */
  async prepare(): Promise<void> {
    this.#prepared = new PreparedEntries(this.#account);
    await runInTurns(this.#prepared.prepare());
  }

  /** Entries that match the query and that the viewer may see, newest date first, then highest id first. */
  async select(query: URLSearchParams, viewer: Viewer, render: (row: number) => Rec): Promise<Listing> {
    const { entries } = this.#account;
    const from = readDay(query, 'from') ?? 0;
    const to = readDay(query, 'to') ?? FAR_DAY;
    const tests = testsOf(this.#account, query, viewer);
    if (this.#prepared?.isStale === true) this.#prepared = null;
    if (tests.length === 0) return wholeDays(this.#account, from, to, render, this.#prepared);
    if (entries.version !== this.#version) this.#kept.clear();
    this.#version = entries.version;
    const key = keyOf(query, viewer);
    let rows = this.#kept.get(key);
    if (rows === undefined) {
      rows = await runInTurns(scan(this.#account, from, to, tests));
      if (entries.version === this.#version) this.#keep(key, rows);
    }
    const found = rows;
    return plainListing(found.length, (start, end) => Array.from(found.subarray(start, end), render));
  }

  #keep(key: string, rows: Uint32Array): void {
    const oldest = this.#kept.keys().next();
    if (this.#kept.size >= 6 && oldest.done !== true) this.#kept.delete(oldest.value);
    this.#kept.set(key, rows);
  }
}

/** Query and viewer without what only moves within the list. */
function keyOf(query: URLSearchParams, viewer: Viewer): string {
  const filters = [...query].filter(([name]) => name !== 'page' && name !== 'per_page');
  const access = [...viewer.user.access_roles, ...viewer.managedProjects, ...viewer.teammates];
  return JSON.stringify([viewer.user.id, access, filters]);
}

/** The filters that a query asks for, as tests on rows; none when every entry of the days will do. */
function testsOf(account: Account, query: URLSearchParams, viewer: Viewer): Test[] {
  const { entries } = account;
  const tests: Test[] = [];
  const flag = (name: string, holds: Test): void => {
    const wanted = readFlag(query, name);
    if (wanted !== null) tests.push((row) => holds(row) === wanted);
  };
  const id = (name: string, column: () => Uint32Array): void => {
    const wanted = readWhole(query, name);
    if (wanted !== null) tests.push((row) => column()[row] === wanted);
  };
  flag('is_running', (row) => entries.has(row, FLAG.running));
  flag('is_billed', (row) => entries.invoice[row] !== 0);
  id('user_id', () => entries.user);
  id('project_id', () => entries.project);
  id('task_id', () => entries.task);
  const client = readWhole(query, 'client_id');
  if (client !== null) {
    tests.push((row) => account.tables.projects.get(entries.project[row] ?? 0)?.client_id === client);
  }
  const since = readInstant(query, 'updated_since');
  if (since !== null) tests.push((row) => (entries.updatedAt[row] ?? 0) * 1000 >= since);
  const approval = query.get('approval_status');
  if (approval !== null) tests.push((row) => approvalIs(account, row, approval));
  const reference = query.get('external_reference_id');
  if (reference !== null) tests.push((row) => referenceOf(account, row) === reference);
  if (!viewer.administrator) {
    tests.push((row) => seesWork(viewer, entries.user[row] ?? 0, entries.project[row] ?? 0));
  }
  return tests;
}

function approvalIs(account: Account, row: number, status: string): boolean {
  if (account.entries.has(row, FLAG.approved)) return status === 'approved';
  return status === (account.entries.has(row, FLAG.submitted) ? 'submitted' : 'unsubmitted');
}

function referenceOf(account: Account, row: number): string | undefined {
  const edited = account.entries.overlay.get(row)?.external_reference;
  return edited === undefined ? derivedReference(account.seed, row)?.id : edited?.id;
}

function* scan(account: Account, from: number, to: number, tests: readonly Test[]): Chunked<Uint32Array> {
  let rows = new Uint32Array(4096);
  let count = 0;
  yield* account.entries.visit(from, to, (row) => {
    for (const test of tests) if (!test(row)) return;
    if (count === rows.length) {
      const wider = new Uint32Array(count * 2);
      wider.set(rows);
      rows = wider;
    }
    rows[count] = row;
    count += 1;
  });
  return rows.slice(0, count);
}

/** All entries of some days: positions are found by counting days, nothing is collected. */
function wholeDays(
  account: Account,
  from: number,
  to: number,
  render: (row: number) => Rec,
  prepared: PreparedEntries | null,
): Listing {
  const { entries } = account;
  const first = Math.max(from, entries.firstDay);
  const last = Math.min(to, entries.lastDay);
  let length = 0;
  for (let day = last; day >= first; day -= 1) length += entries.countOfDay(day);
  if (prepared !== null) {
    const bytes = (start: number, end: number): readonly Buffer[] => prepared.slice(from, to, start, end);
    return { ...plainListing(length, () => []), bytes };
  }
  return plainListing(length, (start, end) => {
    const records: Rec[] = [];
    let position = 0;
    for (let day = last; day >= first && position < end; day -= 1) {
      const count = entries.countOfDay(day);
      for (let nth = Math.max(0, start - position); nth < count && position + nth < end; nth += 1) {
        records.push(render(entries.rowOfDay(day, count - 1 - nth)));
      }
      position += count;
    }
    return records;
  });
}
