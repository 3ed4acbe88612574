/** Expense categories and expenses, some with receipts, some invoiced. */
import type { Account } from './account.ts';
import { dateOf, DAY_SECONDS, instantOf, secondsOf } from './calendar.ts';
import { type Employment, type Span, stamp } from './generate-people.ts';
import type { InvoicePlan } from './invoice-plan.ts';
import type { Expense } from './model.ts';
import { EXPENSE_CATEGORIES } from './names.ts';
import type { Scale } from './options.ts';
import type { Random } from './random.ts';
import { cents } from './rates.ts';

const NOTES = [
  'Lunch with the client',
  'Zug nach Köln\nhin & zurück',
  '',
  null,
  'Hotel "Zur Post" 🛏️',
] as const;

/** Makes the expenses; the invoices' own lines for them are written by generate-invoices.ts. */
export function generateExpenses(
  account: Account,
  scale: Scale,
  span: Span,
  random: Random,
  people: readonly Employment[],
  plan: InvoicePlan,
): void {
  const categories = account.tables.expense_categories;
  for (const [index, [name, unit_name, unit_price]] of EXPENSE_CATEGORIES.entries()) {
    const at = instantOf((span.firstDay - 39) * DAY_SECONDS + 72_000);
    const is_active = index !== EXPENSE_CATEGORIES.length - 1;
    categories.add({
      id: categories.nextId(),
      name,
      unit_name,
      unit_price,
      is_active,
      created_at: at,
      updated_at: at,
    });
  }
  const days = span.today - span.firstDay;
  for (let index = 0; index < scale.expenses; index += 1) {
    const day = span.firstDay + Math.floor((index / scale.expenses) * days);
    const expense = newExpense(account, span, random, random.pick(people), day, index);
    if (expense !== null) bill(account, span, plan, expense, day);
  }
}

function newExpense(
  account: Account,
  span: Span,
  random: Random,
  person: Employment,
  day: number,
  index: number,
): Expense | null {
  const assignments = [...account.tables.user_assignments.all()].filter(
    (each) => each.user_id === person.user.id,
  );
  const project = account.tables.projects.get(random.pick(assignments).project_id);
  const category = random.pick([...account.tables.expense_categories.all()]);
  if (project === undefined) return null;
  const units = category.unit_price === null ? 1 : random.int(1, 400) / 4;
  const at = stamp(span, random, day + (index % 3));
  const approved = span.today - day > 40;
  return account.tables.expenses.add({
    id: account.tables.expenses.nextId(),
    project_id: project.id,
    expense_category_id: category.id,
    user_id: person.user.id,
    receipt: random.chance(0.3)
      ? { file_name: `Quittung ${index}.pdf`, file_size: 30_000 + index, content_type: 'application/pdf' }
      : null,
    invoice_id: null,
    notes: random.pick(NOTES),
    units,
    total_cost: cents(
      category.unit_price === null ? random.int(150, 40_000) / 100 : units * category.unit_price,
    ),
    billable: project.is_billable && random.chance(0.7),
    approval_status: approved ? 'approved' : index % 2 === 0 ? 'submitted' : 'unsubmitted',
    spent_date: dateOf(day),
    created_at: at,
    updated_at: at,
  });
}

function bill(account: Account, span: Span, plan: InvoicePlan, expense: Expense, day: number): void {
  const project = account.tables.projects.get(expense.project_id);
  if (project === undefined || !expense.billable || project.is_fixed_fee) return;
  const invoice = plan.of(project.client_id, day);
  if (invoice === undefined || invoice.madeAt >= span.today * DAY_SECONDS) return;
  if (secondsOf(expense.created_at) >= invoice.madeAt) return;
  expense.invoice_id = invoice.id;
  expense.updated_at = instantOf(invoice.madeAt - 1);
}
