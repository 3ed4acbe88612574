/**
 * Invoices whose payments changed: Harvest gives an invoice no newer `updated_at` when a payment of it is deleted, so that no
 * list of changes has it. Where a run finds payments otherwise than they were stored, the invoices that it has not read
 * are read one by one.
 *
 * @see Harvest API v2 docs, Invoices, "Retrieve an invoice": GET /v2/invoices/{INVOICE_ID} (checked 2026-11-29)
 */
import type { ChosenStream, RunContext } from './context.ts';
import { eachInPool } from './each.ts';
import { syncWindow, type Window } from './stream.ts';

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
    const window = windowOf(ids.slice(at, at + INVOICES_PER_WINDOW), chosen, context);
    await syncWindow(window, chosen, context);
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

function windowOf(ids: readonly string[], { stream }: ChosenStream, context: RunContext): Window {
  const { client, signal, states, pools } = context;
  return {
    mode: 'incremental',
    label: `${ids.length} whose payments changed`,
    scope: { kind: 'merge' },
    how: 'moved',
    isRepeat: () => true,
    read: async (intake) => {
      await eachInPool(pools.general, ids, async (id) => {
        const path = `${stream.path}/${id}`;
        const found = await client
          .get({ path, query: {}, bucket: 'general', stream: stream.name, signal })
          .catch((error: unknown) => {
            // the count of the list finds it
            if ((error as { code?: string }).code === 'HARVEST_NOT_FOUND') return null;
            throw error;
          });
        if (found !== null) await intake.take([found.body]);
      });
      return true;
    },
    checkpoint: () => ({ cursor: states.cursor(stream.name), notes: states.listNotes(stream.name) }),
  };
}
