/** Edits of invoices, estimates, their payments and messages, and of item categories. */
import { type Edit, type Hand, isRefusal, type Shown, within } from './hand.ts';

function line(hand: Hand): Record<string, unknown> {
  return {
    kind: 'Service',
    description: hand.text(),
    quantity: hand.amount(20),
    unit_price: hand.amount(200),
    taxed: hand.dice.chance(0.5),
    project_id: hand.dice.chance(0.5) ? hand.id('projects') : null,
  };
}

function lines(hand: Hand): readonly Record<string, unknown>[] {
  return Array.from({ length: hand.dice.int(0, 3) }, () => line(hand));
}

function issueDate(hand: Hand): string | null {
  return hand.dice.chance(0.2) ? null : hand.day(hand.dice.int(-300, 20));
}

/** Changes a document: a note, a line more or a line less. */
function editDocument(hand: Hand, document: Shown): Record<string, unknown> {
  const [first] = document['line_items'] as readonly Shown[];
  switch (hand.dice.int(0, 3)) {
    case 0:
      return { notes: hand.text(), subject: hand.text() };
    case 1:
      return { line_items: [line(hand)], tax: hand.dice.one([null, 19, 7.7]) };
    case 2:
      return first === undefined ? { tax2: 5 } : { line_items: [{ id: first['id'], _destroy: true }] };
    default:
      return { number: `N-${hand.dice.int(1, 9999)}`, discount: hand.dice.one([null, 10, 2.5]) };
  }
}

/** Bills the open work of a project. */
function bill(hand: Hand): string | null {
  const project = hand.pick('projects', (each) => each['is_billable'] === true);
  if (project === undefined) return null;
  const body = {
    client_id: within(project, 'client'),
    line_items_import: { project_ids: [project['id']], ...(hand.dice.chance(0.5) ? { expenses: {} } : {}) },
  };
  return hand.add('invoices', body);
}

/** Sends a message that the document's state allows or not: Harvest does not mind. */
function message(
  hand: Hand,
  kind: 'invoices' | 'estimates',
  events: readonly (string | null)[],
): string | null {
  const id = hand.id(kind);
  if (id === null) return null;
  const one = kind === 'invoices' ? 'invoice' : 'estimate';
  const event = hand.dice.one(events);
  const body = event === null ? { subject: hand.text(), body: hand.text() } : { event_type: event };
  return hand.add(`${one}_messages`, { [`${one}_id`]: id, ...body });
}

function pay(hand: Hand): string | null {
  const invoice = hand.pick('invoices', (each) => Number(each['due_amount']) > 0);
  if (invoice === undefined) return null;
  const due = Number(invoice['due_amount']);
  const amount = hand.dice.chance(0.5) ? due : Number((due / 3).toFixed(2));
  return hand.add('invoice_payments', {
    invoice_id: invoice['id'],
    amount,
    notes: hand.text(),
    ...(hand.dice.chance(0.5) ? { paid_date: hand.day(-hand.dice.int(0, 30)) } : {}),
  });
}

/** Deletes a payment and records another of the same amount: the invoice ends as it was. */
function payAgain(hand: Hand): string | null {
  const payment = hand.pick('invoice_payments');
  if (payment === undefined) return null;
  hand.account.remove('invoice_payments', Number(payment['id']));
  const body = { invoice_id: payment['invoice_id'], amount: payment['amount'], notes: hand.text() };
  return `deleted invoice_payments ${String(payment['id'])}; ${hand.add('invoice_payments', body)}`;
}

const INVOICES: readonly Edit[] = [
  { name: 'bill open work', weight: 2, module: 'invoice', act: bill },
  {
    name: 'write an invoice',
    weight: 2,
    module: 'invoice',
    act: (hand) =>
      hand.add('invoices', {
        client_id: hand.id('clients'),
        issue_date: issueDate(hand),
        tax: 19,
        line_items: lines(hand),
      }),
  },
  {
    name: 'change an invoice',
    weight: 4,
    module: 'invoice',
    act: (hand) => hand.change('invoices', (each) => editDocument(hand, each)),
  },
  {
    name: 're-date an invoice',
    weight: 3,
    module: 'invoice',
    act: (hand) => hand.change('invoices', () => ({ issue_date: issueDate(hand) })),
  },
  { name: 'delete an invoice', weight: 2, module: 'invoice', act: (hand) => hand.drop('invoices') },
  { name: 'pay', weight: 5, module: 'invoice', act: pay },
  { name: 'delete a payment', weight: 3, module: 'invoice', act: (hand) => hand.drop('invoice_payments') },
  { name: 'pay in another way', weight: 1, module: 'invoice', act: payAgain },
  {
    name: 'write to the client of an invoice',
    weight: 3,
    module: 'invoice',
    act: (hand) => message(hand, 'invoices', [null, 'send', 'close', 'draft', 're-open', 'view']),
  },
  {
    name: 'delete a message of an invoice',
    weight: 1,
    module: 'invoice',
    act: (hand) => hand.drop('invoice_messages'),
  },
  ...itemCategories('invoice'),
];

const ESTIMATES: readonly Edit[] = [
  {
    name: 'write an estimate',
    weight: 2,
    module: 'estimate',
    act: (hand) =>
      hand.add('estimates', {
        client_id: hand.id('clients'),
        issue_date: issueDate(hand),
        line_items: lines(hand).map(({ project_id: _, ...rest }) => rest),
      }),
  },
  {
    name: 'change an estimate',
    weight: 2,
    module: 'estimate',
    act: (hand) => hand.change('estimates', (each) => editDocument(hand, each)),
  },
  {
    name: 're-date an estimate',
    weight: 2,
    module: 'estimate',
    act: (hand) => hand.change('estimates', () => ({ issue_date: issueDate(hand) })),
  },
  { name: 'delete an estimate', weight: 1, module: 'estimate', act: (hand) => hand.drop('estimates') },
  {
    name: 'write to the client of an estimate',
    weight: 2,
    module: 'estimate',
    act: (hand) => message(hand, 'estimates', [null, 'send', 'accept', 'decline', 're-open', 'view']),
  },
  {
    name: 'delete a message of an estimate',
    weight: 1,
    module: 'estimate',
    act: (hand) => hand.drop('estimate_messages'),
  },
  ...itemCategories('estimate'),
];

function itemCategories(module: 'invoice' | 'estimate'): readonly Edit[] {
  const kind = `${module}_item_categories` as const;
  return [
    {
      name: `add a category of ${module}s`,
      weight: 1,
      module,
      act: (hand) => hand.add(kind, { name: hand.name() }),
    },
    {
      name: `rename a category of ${module}s`,
      weight: 1,
      module,
      act: (hand) => hand.change(kind, () => ({ name: hand.name() })),
    },
    { name: `delete a category of ${module}s`, weight: 1, module, act: (hand) => hand.drop(kind) },
  ];
}

export const BILLING_EDITS: readonly Edit[] = [...INVOICES, ...ESTIMATES];

/** Does one edit; what the account refuses, as Harvest would, is no failure. */
export function tryEdit(edit: Edit, hand: Hand): string {
  try {
    return `${edit.name}: ${edit.act(hand) ?? 'nothing to do it with'}`;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return `${edit.name}: refused`;
  }
}
