/** What can be written of invoices, estimates and expenses, and what that does to the work they bill. */
import type { Account } from './account.ts';
import { unprocessable } from './answer.ts';
import { billOpenTime, freeBilledTime } from './billed-time.ts';
import { type Fields, readFields } from './fields.ts';
import type { Estimate, Expense, Invoice, LineItem, Rec, SalesDocument } from './model.ts';
import { lineItem, priceDocument, settleInvoice } from './pricing.ts';
import { cents } from './rates.ts';
import { without } from './without.ts';
import { touch, type WriteRules } from './write-rule.ts';

const DOCUMENT: Fields = {
  client_id: 'clients',
  number: 'text',
  purchase_order: 'text?',
  tax: 'number?',
  tax2: 'number?',
  discount: 'number?',
  subject: 'text?',
  notes: 'text?',
  currency: 'text',
  issue_date: 'date?',
};

function documentDefaults(account: Account, given: Rec, number: string): Rec {
  return {
    client_key: `${number}-sandbox-key`.padStart(40, '0'),
    number,
    purchase_order: '',
    amount: 0,
    tax: null,
    tax_amount: 0,
    tax2: null,
    tax2_amount: 0,
    discount: null,
    discount_amount: 0,
    subject: '',
    notes: null,
    state: 'draft',
    issue_date: account.clock.today(),
    sent_at: null,
    currency: account.tables.clients.get(Number(given['client_id']))?.currency,
    creator_id: account.people.administrator,
    line_items: [],
  };
}

/** Takes the lines of a body over: with an id changed, without one added, with `_destroy` removed. */
function takeLines(account: Account, document: SalesDocument, body: Rec): void {
  const lines = body['line_items'];
  if (lines === undefined) return;
  if (!Array.isArray(lines)) throw unprocessable('line_items is invalid');
  for (const given of lines as Rec[]) {
    const old = document.line_items.find((line) => line.id === given['id']);
    if (given['_destroy'] === true) {
      document.line_items = document.line_items.filter((line) => line !== old);
      continue;
    }
    const line = lineOf(account, old, given);
    if (old === undefined) document.line_items.push(line);
    else Object.assign(old, line, { id: old.id });
  }
}

function lineOf(account: Account, old: LineItem | undefined, given: Rec): LineItem {
  const fields: Fields = {
    kind: 'text',
    description: 'text?',
    quantity: 'number',
    unit_price: 'number',
    taxed: 'flag',
    taxed2: 'flag',
    project_id: 'projects?',
  };
  const required = old === undefined ? ['kind', 'unit_price'] : [];
  const known = readFields(account, fields, given, required) as unknown as LineItem;
  const plain = { description: null, quantity: 1, taxed: false, taxed2: false, project_id: null };
  return lineItem(account, without({ ...plain, ...old, ...known }, 'id', 'amount'));
}

/**
 * `line_items_import` of POST /v2/invoices: bills what is open of some projects. The entries and expenses it takes and
 * the client get a new updated_at, as in Harvest.
 */
function importWork(account: Account, invoice: Invoice, given: Rec): void {
  const ids = given['project_ids'];
  if (!Array.isArray(ids)) throw unprocessable('line_items_import.project_ids is invalid');
  const wanted = ids as number[];
  const amounts = billOpenTime(account, invoice.id, wanted);
  for (const { project, rate, hundredths } of amounts) {
    const work = { kind: 'Service', description: 'Hours as tracked', taxed: false, taxed2: false };
    const line = { ...work, quantity: hundredths / 100, unit_price: rate, project_id: project };
    invoice.line_items.push(lineItem(account, line));
  }
  if (given['expenses'] !== undefined) {
    for (const expense of account.tables.expenses.all()) {
      if (!wanted.includes(expense.project_id) || !expense.billable || expense.invoice_id !== null) continue;
      expense.invoice_id = invoice.id;
      touch(account, expense);
      const { notes: description, total_cost: unit_price, project_id } = expense;
      const cost = { kind: 'Product', quantity: 1, taxed: false, taxed2: false };
      invoice.line_items.push(lineItem(account, { ...cost, description, unit_price, project_id }));
    }
  }
}

const INVOICES: WriteRules = {
  fields: {
    ...DOCUMENT,
    due_date: 'date?',
    payment_term: 'text',
    payment_options: 'texts',
    estimate_id: 'estimates?',
    retainer_id: 'number?',
  },
  required: ['client_id'],
  fixed: ['client_id'],
  defaults: (account, given) => ({
    ...documentDefaults(account, given, `${1000 + account.tables.invoices.size + 500}`),
    due_amount: 0,
    period_start: null,
    period_end: null,
    due_date: account.clock.today(),
    payment_term: 'upon receipt',
    payment_options: [],
    paid_at: null,
    paid_date: null,
    closed_at: null,
    recurring_invoice_id: null,
    estimate_id: null,
    retainer_id: null,
  }),
  after: (account, row, isNew, body) => {
    const invoice = row as Invoice;
    takeLines(account, invoice, body);
    const wanted = body['line_items_import'];
    if (isNew && typeof wanted === 'object' && wanted !== null) {
      importWork(account, invoice, wanted as Rec);
      touch(account, account.tables.clients.get(invoice.client_id));
    }
    priceDocument(invoice);
    settleInvoice(account, invoice);
  },
  gone: (account, row) => {
    freeBilledTime(account, row.id);
    for (const expense of account.tables.expenses.all()) {
      if (expense.invoice_id !== row.id) continue;
      expense.invoice_id = null;
      touch(account, expense);
    }
    for (const kind of ['invoice_payments', 'invoice_messages'] as const) {
      for (const child of account.tables[kind].of(row.id)) account.tables[kind].delete(child.id);
    }
  },
};

const ESTIMATES: WriteRules = {
  fields: DOCUMENT,
  required: ['client_id'],
  fixed: ['client_id'],
  defaults: (account, given) => ({
    ...documentDefaults(account, given, `E-${1000 + account.tables.estimates.size}`),
    accepted_at: null,
    declined_at: null,
  }),
  after: (account, row, _isNew, body) => {
    takeLines(account, row as Estimate, body);
    priceDocument(row as Estimate);
  },
  gone: (account, row) => {
    for (const child of account.tables.estimate_messages.of(row.id))
      account.tables.estimate_messages.delete(child.id);
  },
};

const EXPENSES: WriteRules = {
  fields: {
    user_id: 'users',
    project_id: 'projects',
    expense_category_id: 'expense_categories',
    spent_date: 'date',
    units: 'number',
    total_cost: 'number',
    notes: 'text?',
    billable: 'flag',
  },
  required: ['project_id', 'expense_category_id', 'spent_date'],
  defaults: (account) => ({
    user_id: account.people.administrator,
    receipt: null,
    invoice_id: null,
    notes: null,
    units: 1,
    total_cost: 0,
    billable: true,
    approval_status: 'unsubmitted',
  }),
  after: (account, row) => {
    const expense = row as Expense;
    const price = account.tables.expense_categories.get(expense.expense_category_id)?.unit_price ?? null;
    if (price !== null) expense.total_cost = cents(price * expense.units);
  },
};

/** Rules by table. */
export const BILLING_RULES = { invoices: INVOICES, estimates: ESTIMATES, expenses: EXPENSES } as const;
