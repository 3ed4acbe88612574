/** What the records that broke their schema leave undone: they have no row, or an old one, until they are mended in Harvest. */
import type { RunContext } from '../sync/context.ts';
import type { DifferenceCause } from '../verification.ts';
import type { Scope } from './scope.ts';

/** Why something differs; `rejected`: a record breaks its schema, which is told and does not count. */
export type Cause = DifferenceCause | 'rejected';

/** Whether a record of this key was rejected and has no row. */
export function isRejected(stream: string, key: string | null, { states }: RunContext): boolean {
  const { rejected = {} } = states.listNotes(stream);
  return rejected === 'many' || (key !== null && Object.hasOwn(rejected, key));
}

/** Whether a record of a period (`2026-02`, `2026`) was rejected and has no row, as far as its date is known. */
export function holdsRejected(stream: string, period: string, { context }: Scope): boolean {
  const { rejected = {} } = context.states.listNotes(stream);
  return (
    rejected === 'many' || Object.values(rejected).some((date) => date === '' || date.startsWith(period))
  );
}

/** Takes note of sums that cannot be compared. */
export function leaveOutPeriod(table: string, period: string, { findings }: Scope): void {
  findings.leaveOut(table, `sums of ${period}: a record in it breaks its schema (_rejects)`);
}
