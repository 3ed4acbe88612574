/** Which client's month is billed by which invoice: settled before the entries are made, so that these can refer to it. */
import type { Account } from './account.ts';
import { dateOf, DAY_SECONDS, dayOf, monthWindow, nextMonth } from './calendar.ts';
import type { Span } from './generate-people.ts';
import type { Scale } from './options.ts';

/** Hours of one project at one rate. */
export interface PlannedLine {
  readonly project: number;
  readonly rate: number;
  hundredths: number;
}

export interface PlannedInvoice {
  readonly id: number;
  readonly client: number;
  /** `2026-02` */
  readonly month: string;
  /** Seconds at which it was made; the entries it bills were touched a second earlier. */
  readonly madeAt: number;
  readonly lines: Map<string, PlannedLine>;
}

export interface InvoicePlan {
  readonly invoices: readonly PlannedInvoice[];
  /** The invoice of a client's month, if that is billed. */
  of(client: number, day: number): PlannedInvoice | undefined;
}

export function planInvoices(account: Account, scale: Scale, span: Span): InvoicePlan {
  const months: string[] = [];
  const last = dateOf(span.today - 45).slice(0, 7);
  for (let month = dateOf(span.firstDay).slice(0, 7); month <= last; month = nextMonth(month))
    months.push(month);
  const clients = [...account.tables.clients.all()];
  const pairs = months.flatMap((month, index) =>
    clients.map((client, nth) => ({ month, client: client.id, rank: (index * 5 + nth * 3) % 7 })),
  );
  const chosen = pairs
    .toSorted((left, right) => left.rank - right.rank)
    .slice(0, scale.invoices)
    .toSorted((left, right) => (left.month < right.month ? -1 : left.month > right.month ? 1 : 0));
  const invoices = chosen.map(({ month, client }, index): PlannedInvoice => {
    const issued = dayOf(monthWindow(month).to) + 3 + (index % 4);
    const madeAt = issued * DAY_SECONDS + 58_600 + (index % 50) * 60;
    return { id: account.tables.invoices.nextId(), client, month, madeAt, lines: new Map() };
  });
  const byMonth = new Map(invoices.map((each) => [`${each.client}|${each.month}`, each]));
  const monthOfDay = new Map<number, string>();
  return {
    invoices,
    of: (client, day) => {
      const month = monthOfDay.get(day) ?? dateOf(day).slice(0, 7);
      monthOfDay.set(day, month);
      return byMonth.get(`${client}|${month}`);
    },
  };
}

/** Adds hours of a project at a rate to an invoice. */
export function planLine(invoice: PlannedInvoice, project: number, rate: number, hundredths: number): void {
  const key = `${project}|${rate}`;
  const line = invoice.lines.get(key);
  if (line === undefined) invoice.lines.set(key, { project, rate, hundredths });
  else line.hundredths += hundredths;
}
