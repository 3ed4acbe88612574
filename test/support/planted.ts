/** A person of the sandbox in whose every text a word of its own is planted, and the search for these words. */
import { readFile } from 'node:fs/promises';
import type { Office } from './office.ts';
import { idIn, recordsOf } from './pick.ts';
import { tableNames, withFile } from './tables.ts';

/** The person, and the words. */
export interface Planted {
  readonly id: number;
  /** One of their time entries. */
  readonly entry: number;
  readonly words: readonly string[];
}

/** Plants words into everything that the account knows of a person, who also makes an invoice, sends it and is paid. */
export function plantUser(office: Office): Planted {
  const { account } = office.sandbox;
  const entry = recordsOf(office, 'time_entries')[0];
  if (entry === undefined) throw new Error('the sandbox has no time entries');
  const id = idIn(entry, 'user');
  const user = account.data.tables.users.get(id);
  if (user === undefined) throw new Error('the sandbox has no such person');
  const words: string[] = [];
  const word = (): string => {
    words.push(`Zqx${words.length}plant`);
    return words.at(-1) ?? '';
  };
  account.update('users', id, { first_name: word(), last_name: word(), email: `${word()}@planted.example` });
  user.telephone = `+49 ${word()}`;
  user.avatar_url = `https://cache.harvestapp.example/${word()}.png`;
  account.clock.advance(1000);
  for (const each of recordsOf(office, 'time_entries'))
    if (idIn(each, 'user') === id) account.update('time_entries', each.id, { notes: `worked on ${word()}` });
  for (const expense of [...account.data.tables.expenses.all()].slice(0, 3)) {
    expense.user_id = id;
    expense.notes = `paid ${word()}`;
    expense.receipt = { file_name: `${word()}.pdf`, file_size: 10, content_type: 'application/pdf' };
  }
  account.touchAll('expenses');
  const name = `${user.first_name} ${user.last_name ?? ''}`;
  const [invoice, estimate] = [
    [...account.data.tables.invoices.all()][0],
    [...account.data.tables.estimates.all()][0],
  ];
  if (invoice === undefined || estimate === undefined) throw new Error('the sandbox has no documents');
  for (const document of [invoice, estimate]) {
    document.creator_id = id;
    document.notes = `Questions? Ask ${name.toUpperCase()}, ${user.email}.`;
    const [line] = document.line_items;
    if (line !== undefined) line.description = `3 hours,\n${name}: consulting`;
  }
  for (const message of [
    ...account.data.tables.invoice_messages.all(),
    ...account.data.tables.estimate_messages.all(),
  ].slice(0, 4)) {
    message.sent_by = name;
    message.sent_by_email = user.email;
    message.sent_from = ` ${name.toLowerCase()} `;
    message.sent_from_email = user.email.toUpperCase();
    message.recipients = [{ name, email: user.email }, ...message.recipients];
    message.subject = `Invoice from ${word()}`;
    message.body = `Kind regards, ${word()}`;
  }
  for (const payment of [...account.data.tables.invoice_payments.all()].slice(0, 2)) {
    payment.recorded_by = name;
    payment.recorded_by_email = user.email;
    payment.notes = `noted by ${word()}`;
  }
  for (const kind of ['invoices', 'estimates'] as const) account.touchAll(kind);
  return { id, entry: entry.id, words };
}

/** Where the words stand: tables of the file with each row as text, and the bytes of the file. */
export async function placesOf({ words }: Pick<Planted, 'words'>, path: string): Promise<readonly string[]> {
  const names = await tableNames(path);
  const pattern = words.map((each) => each.toLowerCase()).join('|');
  const places = await withFile(path, async (rows) => {
    const found: string[] = [];
    for (const name of names) {
      const sql = `SELECT count(*) FROM "${name}" AS t WHERE regexp_matches(lower(CAST(to_json(t) AS VARCHAR)), '${pattern}')`;
      const [[count = '0'] = []] = await rows(sql);
      if (Number(count) > 0) found.push(name);
    }
    return found;
  });
  const bytes = (await readFile(path)).toString('latin1').toLowerCase();
  return words.some((each) => bytes.includes(each.toLowerCase())) ? [...places, 'bytes of the file'] : places;
}
