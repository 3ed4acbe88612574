/** Estimates with their lines and messages. */
import type { Account } from './account.ts';
import { dateOf, secondsOf } from './calendar.ts';
import { type Span, stamp } from './generate-people.ts';
import type { Estimate } from './model.ts';
import { newMessage } from './new-billing.ts';
import type { Scale } from './options.ts';
import { lineItem, priceDocument } from './pricing.ts';
import { cycle, type Random } from './random.ts';

const STATES = ['accepted', 'sent', 'draft', 'declined'] as const;

export function generateEstimates(account: Account, scale: Scale, span: Span, random: Random): void {
  const clients = [...account.tables.clients.all()];
  const count = Math.max(6, Math.round(scale.invoices / 3));
  const days = span.today - span.firstDay - 30;
  for (let index = 0; index < count; index += 1) {
    const client = clients[(index * 2) % clients.length];
    if (client === undefined) continue;
    const day = span.firstDay + 5 + Math.floor((index / count) * days);
    const at = stamp(span, random, day);
    const estimate: Estimate = {
      id: account.tables.estimates.nextId(),
      client_key: random.hex(40),
      number: `E-${500 + index}`,
      purchase_order: index % 2 === 0 ? '' : null,
      amount: 0,
      tax: index % 3 === 1 ? null : 19,
      tax_amount: 0,
      tax2: index % 4 === 2 ? 2 : null,
      tax2_amount: 0,
      discount: index % 5 === 3 ? 7.5 : null,
      discount_amount: 0,
      subject: index % 4 === 3 ? null : 'Angebot „Phase 1“',
      notes: index % 3 === 0 ? '' : 'Valid for 30 days.\nPrices exclude VAT.',
      state: cycle(STATES, index),
      issue_date: index % 6 === 2 ? null : dateOf(day),
      sent_at: null,
      created_at: at,
      updated_at: at,
      accepted_at: null,
      declined_at: null,
      currency: client.currency,
      client_id: client.id,
      creator_id: index % 7 === 5 ? null : account.people.administrator,
      line_items: [],
    };
    if (index % 6 !== 4) estimate.line_items = lines(account, random, estimate);
    priceDocument(estimate);
    account.tables.estimates.add(estimate);
    follow(account, estimate, Math.min(secondsOf(at), secondsOf(dateOf(span.today)) - 7200));
  }
}

function lines(account: Account, random: Random, estimate: Estimate) {
  const taxed2 = estimate.tax2 !== null;
  const concept = { kind: 'Service', description: 'Konzept\nund Entwurf', taxed: true, taxed2 };
  const pages = { kind: 'Product', description: 'Pages, "flat"', taxed: false, taxed2: false };
  return [
    lineItem(account, {
      ...concept,
      quantity: random.int(1, 80) / 2,
      unit_price: random.int(60, 140),
      project_id: null,
    }),
    lineItem(account, { ...pages, quantity: random.int(1, 300), unit_price: 0.335, project_id: null }),
  ];
}

function follow(account: Account, estimate: Estimate, madeAt: number): void {
  if (estimate.state === 'draft') return;
  const sent = newMessage(account, 'estimate_messages', estimate, madeAt + 600, null);
  estimate.sent_at = sent.created_at;
  estimate.updated_at = sent.created_at;
  if (estimate.state === 'sent') return;
  const event = estimate.state === 'accepted' ? 'accept' : 'decline';
  const answer = newMessage(account, 'estimate_messages', estimate, madeAt + 4200, event);
  estimate.updated_at = answer.created_at;
  if (estimate.state === 'accepted') estimate.accepted_at = answer.created_at;
  else estimate.declined_at = answer.created_at;
}
