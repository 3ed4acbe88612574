/** The vocabulary of the tables that say what can be written, and the questions their rules ask. */
import type { Account } from './account.ts';
import type { Fields } from './fields.ts';
import type { Rec, Row } from './model.ts';

export interface WriteRules {
  readonly fields: Fields;
  readonly required: readonly string[];
  /** Fields that only POST may set. */
  readonly fixed?: readonly string[];
  /** What a new row has where nothing is given. */
  readonly defaults: (account: Account, given: Rec) => Rec;
  /** Before the row is added, or changed where there is one. */
  readonly before?: (account: Account, given: Rec, row?: Row) => void;
  /** After the row was added or changed. */
  readonly after?: (account: Account, row: Row, isNew: boolean, given: Rec) => void;
  /** Why a row cannot be deleted; null: it can. */
  readonly keeps?: (account: Account, row: Row) => string | null;
  /** After the row was deleted. */
  readonly gone?: (account: Account, row: Row) => void;
}

/** Stamps a row as changed now. */
export function touch(account: Account, row: Row | undefined): void {
  if (row !== undefined) row.updated_at = account.clock.instant();
}

/** Whether some time entry passes a test on its row. */
export function tracked(account: Account, test: (row: number) => boolean): boolean {
  const { entries } = account;
  for (let day = entries.firstDay; day <= entries.lastDay; day += 1) {
    for (let nth = entries.countOfDay(day) - 1; nth >= 0; nth -= 1) {
      if (test(entries.rowOfDay(day, nth))) return true;
    }
  }
  return false;
}

/** Whether some row passes a test. */
export function some<T>(rows: Iterable<T>, test: (row: T) => boolean): boolean {
  for (const row of rows) if (test(row)) return true;
  return false;
}
