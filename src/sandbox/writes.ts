/** One way to write everything: POST, PATCH and DELETE of Harvest, and the edits of tests in the same process. */
import type { Account, Tables } from './account.ts';
import { notFound, unprocessable } from './answer.ts';
import { readFields } from './fields.ts';
import type { Rec, Row } from './model.ts';
import type { Table } from './table.ts';
import { BILLING_RULES } from './write-billing.ts';
import { createMessage, createPayment, removeMessage, removePayment } from './write-children.ts';
import { createEntry, removeEntry, updateEntry } from './write-entries.ts';
import { PEOPLE_RULES } from './write-people.ts';
import type { WriteRules } from './write-rule.ts';
import { touch } from './write-rule.ts';
import { WORK_RULES } from './write-work.ts';

/** What can be written, by the name of its stream. */
export type Writable = keyof Tables | 'time_entries';

const RULES: Readonly<Partial<Record<Writable, WriteRules>>> = {
  ...PEOPLE_RULES,
  ...WORK_RULES,
  ...BILLING_RULES,
};

// Rules know the rows of their own table only as rows; the table does not mind.
function tableOf(account: Account, kind: Writable): Table<Row> {
  if (kind === 'time_entries') throw notFound();
  return account.tables[kind] as unknown as Table<Row>;
}

function rulesOf(kind: Writable): WriteRules {
  const rules = RULES[kind];
  if (rules === undefined) throw notFound();
  return rules;
}

/**
 * Adds a record. Children take their parent's id as a field: `invoice_id`, `estimate_id`, `user_id`, `project_id`.
 * @param by the person who writes it
 * @returns its id
 * @throws Refusal 404, 422
 */
export function createRecord(account: Account, kind: Writable, body: Rec, by: number): number {
  account.entries.version += 1;
  if (kind === 'time_entries') return account.entries.idOf(createEntry(account, body, by));
  if (kind === 'invoice_payments') return createPayment(account, Number(body['invoice_id']), body).id;
  if (kind === 'invoice_messages' || kind === 'estimate_messages') {
    const parent = body[kind === 'invoice_messages' ? 'invoice_id' : 'estimate_id'];
    return createMessage(account, kind, Number(parent), body).id;
  }
  const rules = rulesOf(kind);
  const given = readFields(
    account,
    rules.fields,
    kind === 'expenses' ? { user_id: by, ...body } : body,
    rules.required,
  );
  rules.before?.(account, given);
  const table = tableOf(account, kind);
  const at = account.clock.instant();
  const row = Object.assign(rules.defaults(account, given), given, {
    id: table.nextId(),
    created_at: at,
    updated_at: at,
  });
  table.add(row);
  rules.after?.(account, row, true, body);
  return row.id;
}

/** Changes the given fields of a record. @throws Refusal 404, 422 */
export function updateRecord(account: Account, kind: Writable, id: number, body: Rec): void {
  account.entries.version += 1;
  if (kind === 'time_entries') {
    updateEntry(account, id, body);
    return;
  }
  const rules = rulesOf(kind);
  const row = tableOf(account, kind).get(id);
  if (row === undefined || kind === 'billable_rates' || kind === 'cost_rates') throw notFound();
  const given = readFields(account, rules.fields, body, []);
  for (const name of rules.fixed ?? []) delete given[name];
  rules.before?.(account, given, row);
  Object.assign(row, given);
  touch(account, row);
  rules.after?.(account, row, false, body);
}

/** Deletes a record, with what goes along. @throws Refusal 404, 422 where it is in use */
export function removeRecord(account: Account, kind: Writable, id: number): void {
  account.entries.version += 1;
  if (kind === 'time_entries') {
    removeEntry(account, id);
    return;
  }
  if (kind === 'invoice_payments') {
    removePayment(account, id);
    return;
  }
  if (kind === 'invoice_messages' || kind === 'estimate_messages') {
    removeMessage(account, kind, id);
    return;
  }
  const table = tableOf(account, kind);
  const row = table.get(id);
  if (row === undefined) throw notFound();
  const rules = RULES[kind];
  const reason = rules?.keeps?.(account, row) ?? null;
  if (reason !== null) throw unprocessable(reason);
  table.delete(id);
  rules?.gone?.(account, row);
}
