/** Why an invoice and its payments disagree: both are asked for again. */
import { ConnectorError } from '../errors.ts';
import { fetchPages } from '../harvest/pages.ts';
import type { JsonObject } from '../harvest/json.ts';
import type { ChosenStream } from '../sync/context.ts';
import { listRequest } from '../sync/paging.ts';
import { billionths } from '../sync/payments.ts';
import { changedAfter } from './fact-rows.ts';
import type { Cause } from './rejected.ts';
import type { Scope } from './scope.ts';

/** The two streams. */
export interface Balanced {
  readonly invoices: ChosenStream;
  readonly payments: ChosenStream;
}

/**
 * `changed`: Harvest changed the invoice after the last sync. `rejected`: a payment breaks its schema. `lag`: the
 * payments are as Harvest's invoice says, which was not delivered since one of them was deleted.
 *
 * @param paid the sum of the stored payments
 */
export async function causeOfUnbalanced(
  id: string,
  paid: string,
  { invoices, payments }: Balanced,
  { context, evidence }: Scope,
): Promise<Cause> {
  const invoice = await readInvoice(id, invoices, { context });
  if (invoice === null) return 'differs';
  if (changedAfter(invoice, context.states.cursor(invoices.stream.name))) return 'changed';
  const path = payments.stream.path.replace(/\{\w+\}/, id);
  for await (const { records } of fetchPages(context.client, listRequest(payments, {}, context, path))) {
    const shaped = records.map((record) => payments.shape(record, { invoice_id: id }, () => undefined));
    if (shaped.some(({ kind }) => kind === 'reject')) return 'rejected';
  }
  const [amount, due] = [billionths(invoice['amount']), billionths(invoice['due_amount'])];
  if (amount === null || due === null || amount - due !== billionths(paid)) return 'differs';
  const shaped = invoices.shape(invoice, {}, () => undefined);
  if (shaped.kind === 'reject') return 'rejected';
  const cell = { table: invoices.stream.name, column: 'due_amount', harvest: null, row: shaped.row };
  return (await evidence.explains({ ...cell, stored: new Map() })) ? 'lag' : 'differs';
}

async function readInvoice(
  id: string,
  { stream }: ChosenStream,
  { context: { client, signal } }: Pick<Scope, 'context'>,
): Promise<JsonObject | null> {
  try {
    const path = `${stream.path}/${id}`;
    return (await client.get({ path, query: {}, bucket: 'general', stream: stream.name, signal })).body;
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'HARVEST_NOT_FOUND') return null;
    throw error;
  }
}
