/**
 * Invoices whose payments changed: Harvest gives an invoice no newer `updated_at` when a payment of it is deleted, so that no
 * list of changes has it. Where a run finds payments otherwise than they were stored, the invoices that it has not read
 * are read one by one.
 *
 * @see Harvest API v2 docs, Invoices, "Retrieve an invoice": GET /v2/invoices/{INVOICE_ID} (checked 2026-11-29)
 */
import { readById } from './by-id.ts';
import type { ChosenStream, RunContext } from './context.ts';

const INVOICES = 'invoices';

/** Invoices that are read and stored together. */
const INVOICES_PER_WINDOW = 500;

/** Reads the invoices whose payments this run has changed, and that it has not read itself, in the same run. */
export async function readPaidInvoices(context: RunContext): Promise<void> {
  const { paymentsMoved, invoicesPaid } = context;
  const ids = [...paymentsMoved].filter((id) => !invoicesPaid.has(id));
  paymentsMoved.clear();
  const chosen = ids.length === 0 ? null : await invoicesStored(context);
  if (chosen === null) return;
  for (let at = 0; at < ids.length; at += INVOICES_PER_WINDOW) {
    const some = ids.slice(at, at + INVOICES_PER_WINDOW);
    const label = `${some.length} whose payments changed`;
    // one that is not there is found by the count of the list
    await readById(some, { mode: 'incremental', label }, chosen, context);
  }
}

/** The stream, if it is loaded and its table has the columns that are chosen; a run of payments alone does not add any. */
async function invoicesStored({
  chosen,
  configured,
  states,
  warehouse,
}: RunContext): Promise<ChosenStream | null> {
  const invoices = configured.get(INVOICES);
  if (invoices === undefined || states.cursor(INVOICES) === null) return null;
  if (chosen.has(INVOICES)) return invoices;
  const there = (await warehouse.checks.readColumns([INVOICES])).get(INVOICES) ?? [];
  return invoices.columns.every(({ name }) => there.includes(name)) ? invoices : null;
}
