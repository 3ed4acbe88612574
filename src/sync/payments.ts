/**
 * Invoices against their payments. What an invoice says is still due tells what was paid; where that is not the sum of
 * the payments that are stored, these are read again. A written-off invoice may disagree for ever, which costs one
 * request each time that it is delivered. Amounts are compared in billionths, which is what NUMERIC holds.
 */
import type { Row } from '../warehouse/table.ts';
import { plainDecimal } from './cast.ts';
import type { RunContext } from './context.ts';

/** The stream whose rows are the payments. */
export const PAYMENTS = 'invoice_payments';

/** Invoices that are remembered in a run at most; more are delivered by full listings of large accounts alone. */
const MOST_INVOICES = 20_000;

/** The column of a payment that points at its invoice. */
export const PAID = 'invoice_id';

const DECIMALS = 9;

/** A decimal in billionths; null where the value is none. */
export function billionths(value: unknown): bigint | null {
  const text = typeof value === 'number' || typeof value === 'string' ? plainDecimal(String(value)) : null;
  const match = text === null ? null : /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  return BigInt(`${sign}${whole}${fraction.padEnd(DECIMALS, '0')}`);
}

/** Whether rows of a stream tell what was paid. */
export function tellsPaid(stream: string): boolean {
  return stream === 'invoices';
}

/** Takes note of what an invoice that is going to be staged says was paid, where its row tells; of other rows nothing. */
export function notePaid(
  stream: string,
  id: string,
  row: Row,
  { configured, states, invoicesPaid }: RunContext,
): void {
  if (!tellsPaid(stream) || invoicesPaid.size >= MOST_INVOICES || states.cursor(PAYMENTS) === null) return;
  const isClear = (table: string, name: string): boolean =>
    configured.get(table)?.columns.some((column) => column.name === name && column.hashed !== true) === true;
  if (!isClear('invoices', 'amount') || !isClear('invoices', 'due_amount') || !isClear(PAYMENTS, 'amount')) {
    return;
  }
  const [amount, due] = [billionths(row['amount']), billionths(row['due_amount'])];
  if (amount !== null && due !== null) invoicesPaid.set(id, amount - due);
}

/** Invoices of this run, but for those in `read`, whose stored payments are not what the invoice says. */
export async function disagreeing(
  read: ReadonlySet<string>,
  { warehouse, invoicesPaid }: RunContext,
): Promise<readonly string[]> {
  const paid = new Map([...invoicesPaid].filter(([id]) => !read.has(id)));
  if (paid.size === 0) return [];
  const where = { column: 'invoice_id', values: [...paid.keys()] };
  const rows = await warehouse.readRows(PAYMENTS, ['invoice_id', 'amount'], where, PAYMENTS);
  for (const [id, amount] of rows) {
    if (typeof id === 'string') paid.set(id, (paid.get(id) ?? 0n) - (billionths(amount) ?? 0n));
  }
  return [...paid].filter(([, left]) => left !== 0n).map(([id]) => id);
}
