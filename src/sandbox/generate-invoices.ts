/** Item categories, estimates, and the planned invoices with their lines, payments and messages. */
import type { Account } from './account.ts';
import { dateOf, DAY_SECONDS, instantOf, monthWindow } from './calendar.ts';
import type { Span } from './generate-people.ts';
import type { InvoicePlan, PlannedInvoice } from './invoice-plan.ts';
import type { Invoice, LineItem } from './model.ts';
import { newMessage, newPayment } from './new-billing.ts';
import { lineItem, priceDocument, settleInvoice } from './pricing.ts';
import { cycle, type Random } from './random.ts';

export function generateItemCategories(account: Account, span: Span): void {
  const at = instantOf((span.firstDay - 40) * DAY_SECONDS + 72_060);
  for (const [name, use_as_service, use_as_expense] of [
    ['Service', true, false],
    ['Product', false, true],
    ['Rabatt / discount', false, false],
  ] as const) {
    for (const kind of ['invoice_item_categories', 'estimate_item_categories'] as const) {
      const table = account.tables[kind];
      table.add({ id: table.nextId(), name, use_as_service, use_as_expense, created_at: at, updated_at: at });
    }
  }
}

/** Writes the invoices of the plan. Every state occurs, and every way of having been paid. */
export function generateInvoices(account: Account, span: Span, random: Random, plan: InvoicePlan): void {
  for (const [index, planned] of plan.invoices.entries()) {
    const invoice = newInvoice(account, random, planned, index);
    invoice.line_items = linesOf(account, planned, invoice, index);
    priceDocument(invoice);
    invoice.due_amount = invoice.amount;
    account.tables.invoices.add(invoice);
    follow(account, span, invoice, planned, index);
    const client = account.tables.clients.get(planned.client);
    if (client !== undefined && client.updated_at < invoice.created_at)
      client.updated_at = invoice.created_at;
  }
}

function newInvoice(account: Account, random: Random, planned: PlannedInvoice, index: number): Invoice {
  const issued = Math.floor(planned.madeAt / DAY_SECONDS);
  const period = monthWindow(planned.month);
  const at = instantOf(planned.madeAt);
  const undated = index % 23 === 7;
  const options = cycle([['ach', 'credit_card'], [], ['paypal']], index);
  const estimates = [...account.tables.estimates.all()].filter((each) => each.state === 'accepted');
  const { administrator, manager } = account.people;
  const subject = `Services in ${planned.month}`;
  return {
    id: planned.id,
    client_key: random.hex(40),
    number: `${1000 + index}`,
    purchase_order: cycle(['', null, `PO-${index}/Ä`], index),
    amount: 0,
    due_amount: 0,
    tax: cycle([19, 19, null], index),
    tax_amount: 0,
    tax2: cycle([null, 2.5, null, null, null], index),
    tax2_amount: 0,
    discount: cycle([null, null, null, 10], index),
    discount_amount: 0,
    subject: cycle([subject, subject, subject, subject, '', null], index),
    notes: cycle([null, 'Zahlbar ohne Abzug.\r\n"Thank you"'], index),
    state: 'draft',
    period_start: cycle([period.from, period.from, null], index),
    period_end: cycle([period.to, period.to, null], index),
    issue_date: undated ? null : dateOf(issued),
    due_date: undated ? null : dateOf(issued + 14),
    payment_term: cycle(['upon receipt', 'net 15', 'custom', 'custom'], index),
    ...(index % 10 === 9 ? {} : { payment_options: options }),
    sent_at: null,
    paid_at: null,
    paid_date: null,
    closed_at: null,
    recurring_invoice_id: index % 8 === 6 ? 700_000 + index : null,
    created_at: at,
    updated_at: at,
    currency: account.tables.clients.get(planned.client)?.currency ?? 'EUR',
    client_id: planned.client,
    estimate_id: index % 9 === 2 ? (estimates[0]?.id ?? null) : null,
    retainer_id: index % 13 === 5 ? 88_000 + index : null,
    creator_id: cycle([administrator, manager, administrator, null, manager], index),
    line_items: [],
  };
}

/** Hours by project and rate, then expenses, then now and then a fixed fee, a sub-cent line or one without a project. */
function linesOf(account: Account, planned: PlannedInvoice, invoice: Invoice, index: number): LineItem[] {
  const common = { taxed: true, taxed2: invoice.tax2 !== null };
  const lines: Omit<LineItem, 'id' | 'amount'>[] = [...planned.lines.values()].map((line) => ({
    kind: 'Service',
    description: `${planned.month}: hours at ${line.rate}\nas tracked`,
    quantity: line.hundredths / 100,
    unit_price: line.rate,
    ...common,
    project_id: line.project,
  }));
  for (const expense of account.tables.expenses.all()) {
    if (expense.invoice_id !== invoice.id) continue;
    const { notes: description, total_cost: unit_price, project_id } = expense;
    lines.push({ kind: 'Product', description, quantity: 1, unit_price, ...common, project_id });
  }
  const fixed = [...account.tables.projects.all()].find(
    (each) => each.is_fixed_fee && each.client_id === planned.client && each.created_at < invoice.created_at,
  );
  if (fixed !== undefined && index % 2 === 0) {
    const [description, unit_price] = ['25 % of the fee', (fixed.fee ?? 0) / 4];
    lines.push({
      kind: 'Service',
      description,
      quantity: 1,
      unit_price,
      taxed: true,
      taxed2: false,
      project_id: fixed.id,
    });
  }
  if (index % 4 === 1) {
    const [description, quantity, unit_price] = ['Prints, per sheet', 1234, 0.575];
    lines.push({
      kind: 'Product',
      description,
      quantity,
      unit_price,
      taxed: false,
      taxed2: false,
      project_id: null,
    });
  }
  return index % 17 === 16 ? [] : lines.map((line) => lineItem(account, line));
}

/** What happened to an invoice after it was made. */
function follow(
  account: Account,
  span: Span,
  invoice: Invoice,
  planned: PlannedInvoice,
  index: number,
): void {
  const midnight = span.today * DAY_SECONDS;
  const later = (days: number): number => Math.min(midnight, planned.madeAt + days * DAY_SECONDS);
  const fate = invoice.issue_date === null ? 'draft' : cycle(FATES, index);
  if (fate === 'draft') {
    if (index % 10 === 0) newPayment(account, invoice, 25, later(1), 'credited in advance');
    settleInvoice(account, invoice);
    return;
  }
  newMessage(account, 'invoice_messages', invoice, later(0) + 60, index % 2 === 0 ? 'send' : null);
  invoice.state = 'open';
  invoice.sent_at = instantOf(Math.min(midnight, later(0) + 60));
  invoice.updated_at = invoice.sent_at;
  if (index % 7 === 4) {
    const reminder = newMessage(account, 'invoice_messages', invoice, later(20), null);
    reminder.reminder = true;
    invoice.updated_at = reminder.created_at;
  }
  if (fate === 'closed') {
    invoice.state = 'closed';
    invoice.closed_at = newMessage(account, 'invoice_messages', invoice, later(30), 'close').created_at;
    invoice.updated_at = invoice.closed_at;
  } else if (fate !== 'open' && invoice.amount > 0) {
    const first = fate === 'paid' ? invoice.amount : Math.round(invoice.amount * 40) / 100;
    newPayment(account, invoice, first, later(12), index % 2 === 0 ? null : '');
    const rest = Math.round((invoice.amount - first) * 100) / 100;
    if (fate === 'twice') newPayment(account, invoice, rest, later(25), 'the rest');
    invoice.updated_at =
      account.tables.invoice_payments.of(invoice.id).at(-1)?.created_at ?? invoice.updated_at;
  }
  settleInvoice(account, invoice);
}

const FATES = ['paid', 'partly', 'paid', 'open', 'twice', 'draft', 'closed', 'paid'] as const;
