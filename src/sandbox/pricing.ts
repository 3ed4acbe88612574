/** The sums of invoices and estimates. */
import type { Account } from './account.ts';
import type { Invoice, LineItem, SalesDocument } from './model.ts';
import { cents } from './rates.ts';

/** A line with its amount. */
export function lineItem(account: Account, line: Omit<LineItem, 'id' | 'amount'>): LineItem {
  const { project_id: project, ...rest } = line;
  return {
    id: account.nextLineItemId(),
    ...rest,
    amount: cents(line.quantity * line.unit_price),
    project_id: project,
  };
}

/**
 * Computes amount, taxes and discount from the lines. Percentages apply to the lines; tax after the discount, to
 * the taxed lines only; the amount is what is to be paid.
 */
export function priceDocument(document: SalesDocument): void {
  const share = 1 - (document.discount ?? 0) / 100;
  const sum = (lines: readonly LineItem[]): number => lines.reduce((total, line) => total + line.amount, 0);
  const subtotal = sum(document.line_items);
  document.discount_amount = cents(subtotal * (1 - share));
  document.tax_amount = cents(
    (sum(document.line_items.filter((line) => line.taxed)) * share * (document.tax ?? 0)) / 100,
  );
  document.tax2_amount = cents(
    (sum(document.line_items.filter((line) => line.taxed2)) * share * (document.tax2 ?? 0)) / 100,
  );
  document.amount = cents(subtotal - document.discount_amount + document.tax_amount + document.tax2_amount);
}

/** Brings due_amount, state and the paid fields of an invoice in line with its payments. */
export function settleInvoice(account: Account, invoice: Invoice): void {
  const payments = account.tables.invoice_payments.of(invoice.id);
  const paid = payments.reduce((total, payment) => total + payment.amount, 0);
  invoice.due_amount = cents(invoice.amount - paid);
  const last = payments.at(-1);
  if (invoice.due_amount <= 0 && last !== undefined && invoice.state === 'open') {
    invoice.state = 'paid';
    invoice.paid_at = last.paid_at;
    invoice.paid_date = last.paid_date;
  } else if (invoice.due_amount > 0 && invoice.state === 'paid') {
    invoice.state = 'open';
    invoice.paid_at = null;
    invoice.paid_date = null;
  }
}
