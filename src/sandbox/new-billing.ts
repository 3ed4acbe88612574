/** Payments and messages as they come into being, for the generator and for edits alike. */
import type { Account } from './account.ts';
import { instantOf } from './calendar.ts';
import type { Invoice, Message, Payment, SalesDocument } from './model.ts';

/** Records a payment. Days at midnight UTC, as Harvest does where only a date is given. */
export function newPayment(
  account: Account,
  invoice: Invoice,
  amount: number,
  atSeconds: number,
  notes: string | null,
): Payment {
  const table = account.tables.invoice_payments;
  const at = instantOf(atSeconds);
  const online = table.size % 5 === 4;
  return table.add({
    id: table.nextId(),
    invoice_id: invoice.id,
    amount,
    paid_at: online ? at : `${at.slice(0, 10)}T00:00:00Z`,
    paid_date: at.slice(0, 10),
    recorded_by: account.userName(account.people.administrator) ?? '',
    recorded_by_email: account.tables.users.get(account.people.administrator)?.email ?? '',
    notes,
    transaction_id: online ? `ch_${invoice.id}` : null,
    created_at: at,
    updated_at: at,
    payment_gateway: online ? { id: 4242, name: 'Stripe' } : { id: null, name: null },
  });
}

/** Adds a message under an invoice or estimate; what it does to the document is the caller's business. */
export function newMessage(
  account: Account,
  kind: 'invoice_messages' | 'estimate_messages',
  document: SalesDocument,
  atSeconds: number,
  event: string | null,
): Message {
  const table = account.tables[kind];
  const at = instantOf(Math.min(atSeconds, account.clock.seconds()));
  const sender = account.tables.users.get(account.people.administrator);
  const name = account.userName(account.people.administrator);
  const [contact] = [...account.tables.contacts.all()].filter(
    (each) => each.client_id === document.client_id,
  );
  const quiet = event !== null && event !== 'send';
  const what = kind === 'invoice_messages' ? 'Invoice' : 'Estimate';
  return table.add({
    id: table.nextId(),
    parent_id: document.id,
    sent_by: name,
    sent_by_email: sender?.email ?? null,
    sent_from: quiet ? null : name,
    sent_from_email: quiet ? null : (sender?.email ?? null),
    recipients:
      contact === undefined || quiet
        ? []
        : [{ name: `${contact.first_name} ${contact.last_name ?? ''}`.trim(), email: contact.email }],
    subject: quiet ? null : `${what} #${document.number}`,
    body: quiet ? null : `Guten Tag,\r\n\r\n${document.amount} ${document.currency}\r\n\r\n“Thank you”`,
    attach_pdf: !quiet,
    send_me_a_copy: false,
    thank_you: false,
    reminder: false,
    send_reminder_on: null,
    event_type: event,
    created_at: at,
    updated_at: at,
  });
}
