/** Whether an invoice may be behind its payments: Harvest gives it no newer `updated_at` when one of them is deleted. */
import type { RunContext } from '../sync/context.ts';
import { PAYMENTS } from '../sync/payments.ts';
import type { Changes } from './changes.ts';

/**
 * Whether a payment of the invoice is gone from Harvest and still stored, or changed since an instant (in milliseconds): the
 * next run that reads the payments reads the invoice too.
 */
export async function isPaidOtherwise(
  invoice: string,
  since: number,
  changes: Changes,
  { warehouse }: RunContext,
): Promise<boolean> {
  const there = await changes.of(PAYMENTS, invoice);
  if (there === null) return true;
  if ([...there.values()].some(({ changed }) => changed !== null && changed >= since)) return true;
  const where = { column: 'invoice_id', values: [invoice] };
  const stored = await warehouse.readRows(PAYMENTS, ['id'], where, PAYMENTS);
  return stored.some(([id]) => !there.has(id ?? ''));
}
