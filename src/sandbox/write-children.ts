/** Writing payments and messages, and what they do to their invoice or estimate. */
import type { Account } from './account.ts';
import { notFound, unprocessable } from './answer.ts';
import { secondsOf } from './calendar.ts';
import { type Fields, readFields } from './fields.ts';
import type { Message, Payment, Rec } from './model.ts';
import { newMessage, newPayment } from './new-billing.ts';
import { settleInvoice } from './pricing.ts';
import { touch } from './write-rule.ts';

/** Records a payment: the invoice's due_amount, state and updated_at follow. @throws Refusal 404, 422 */
export function createPayment(account: Account, invoiceId: number, body: Rec): Payment {
  const invoice = account.tables.invoices.get(invoiceId);
  if (invoice === undefined) throw notFound();
  const fields: Fields = { amount: 'number', paid_at: 'text', paid_date: 'date', notes: 'text?' };
  const given = readFields(account, fields, body, ['amount']);
  const at = account.clock.seconds();
  const payment = newPayment(account, invoice, Number(given['amount']), at, (given['notes'] ?? null) as null);
  const when = given['paid_at'] ?? given['paid_date'];
  if (typeof when === 'string') {
    if (Number.isNaN(secondsOf(when))) throw unprocessable('paid_at is invalid');
    payment.paid_date = when.slice(0, 10);
    payment.paid_at = when.length > 10 ? when : `${when}T00:00:00Z`;
  }
  settleInvoice(account, invoice);
  touch(account, invoice);
  return payment;
}

/**
 * Deletes a payment. The invoice is owed again, without a new updated_at unless the account is told to set one: Harvest
 * is not known to. @throws Refusal 404
 */
export function removePayment(account: Account, id: number): void {
  const payment = account.tables.invoice_payments.get(id);
  if (payment === undefined) throw notFound();
  account.tables.invoice_payments.delete(id);
  const invoice = account.tables.invoices.get(payment.invoice_id);
  if (invoice !== undefined) settleInvoice(account, invoice);
  if (account.deletedChildTouches) touch(account, invoice);
}

/** Deletes a message; its invoice or estimate stays as it is. @throws Refusal 404 */
export function removeMessage(
  account: Account,
  kind: 'invoice_messages' | 'estimate_messages',
  id: number,
): void {
  const message = account.tables[kind].get(id);
  if (message === undefined) throw notFound();
  account.tables[kind].delete(id);
  const documents = kind === 'invoice_messages' ? account.tables.invoices : account.tables.estimates;
  if (account.deletedChildTouches) touch(account, documents.get(message.parent_id));
}

const MESSAGE: Fields = {
  event_type: 'text?',
  recipients: 'objects',
  subject: 'text?',
  body: 'text?',
  attach_pdf: 'flag',
  send_me_a_copy: 'flag',
  thank_you: 'flag',
};

/** Sends a message or marks a document (`event_type`): its state, sent_at and updated_at follow. @throws Refusal 404, 422 */
export function createMessage(
  account: Account,
  kind: 'invoice_messages' | 'estimate_messages',
  parentId: number,
  body: Rec,
): Message {
  const table = kind === 'invoice_messages' ? account.tables.invoices : account.tables.estimates;
  const document = table.get(parentId);
  if (document === undefined) throw notFound();
  const given = readFields(account, MESSAGE, body, []);
  const event = typeof given['event_type'] === 'string' ? given['event_type'] : null;
  const message = newMessage(account, kind, document, account.clock.seconds(), event);
  Object.assign(message, given);
  const at = message.created_at;
  const effect = (kind === 'invoice_messages' ? INVOICE_EVENTS : ESTIMATE_EVENTS)[event ?? 'sent'];
  if (effect === undefined) throw unprocessable('event_type is invalid');
  if (event === null && document.state !== 'draft') document.sent_at = at;
  else Object.assign(document, effect(at));
  touch(account, document);
  return message;
}

type Effects = Readonly<Record<string, (at: string) => Rec>>;

const INVOICE_EVENTS: Effects = {
  sent: (at) => ({ state: 'open', sent_at: at }),
  send: (at) => ({ state: 'open', sent_at: at }),
  close: (at) => ({ state: 'closed', closed_at: at }),
  draft: () => ({ state: 'draft', sent_at: null }),
  're-open': () => ({ state: 'open', closed_at: null }),
  view: () => ({}),
};

const ESTIMATE_EVENTS: Effects = {
  sent: (at) => ({ state: 'sent', sent_at: at }),
  send: (at) => ({ state: 'sent', sent_at: at }),
  accept: (at) => ({ state: 'accepted', accepted_at: at }),
  decline: (at) => ({ state: 'declined', declined_at: at }),
  're-open': () => ({ state: 'sent', accepted_at: null, declined_at: null }),
  view: () => ({}),
};
