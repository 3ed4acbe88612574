/** Invoices, estimates, payments and messages as Harvest's administrator sees them. */
import type { Account } from './account.ts';
import type { Estimate, Invoice, Message, Payment, Rec } from './model.ts';
import { without } from './without.ts';
import { clientReference, projectReference } from './render.ts';

/** The person who made it; both keys null once that person was deleted. */
function creatorReference(account: Account, id: number | null): Rec {
  const name = account.userName(id);
  return name === null ? { id: null, name: null } : { id, name };
}

export function renderInvoice(account: Account, row: Invoice): Rec {
  const {
    client_id: client,
    creator_id: creator,
    estimate_id: estimate,
    retainer_id: retainer,
    ...rest
  } = row;
  return {
    ...rest,
    client: clientReference(account, client),
    estimate: account.tables.estimates.get(estimate) === undefined ? null : { id: estimate },
    retainer: retainer === null ? null : { id: retainer },
    creator: creatorReference(account, creator),
    line_items: row.line_items.map((item) => {
      const { project_id: project, ...line } = item;
      return { ...line, project: projectReference(account, project) };
    }),
  };
}

export function renderEstimate(account: Account, row: Estimate): Rec {
  const { client_id: client, creator_id: creator, ...rest } = row;
  return {
    ...rest,
    client: clientReference(account, client),
    creator: creatorReference(account, creator),
    line_items: row.line_items.map((item) => without(item, 'project_id')),
  };
}

export function renderPayment(_account: Account, row: Payment): Rec {
  return { ...without(row, 'invoice_id'), payment_gateway: { ...row.payment_gateway } };
}

export function renderInvoiceMessage(_account: Account, row: Message): Rec {
  return { ...without(row, 'parent_id'), include_link_to_client_invoice: false };
}

export function renderEstimateMessage(_account: Account, row: Message): Rec {
  return without(row, 'parent_id', 'attach_pdf', 'thank_you', 'reminder', 'send_reminder_on');
}
