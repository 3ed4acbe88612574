/** Questions about what is taken: since when, which streams, and what of persons and money. */
import { selectStreams } from '../../catalog/select.ts';
import type { Stream } from '../../catalog/stream.ts';
import type { Account } from '../../harvest/account.ts';
import { refusedStreams } from '../../harvest/permissions.ts';
import { plural } from '../../report/quantity.ts';
import type { ColumnAnswer, Commercial, Personal } from './answers.ts';
import type { Asking } from './asker.ts';
import { countDelicate, delicateColumns } from './delicate.ts';
import { problemOf } from './given.ts';

/** What is taken. */
export interface Taken {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly columns: ReadonlyMap<string, ColumnAnswer>;
}

/** The first day; null: everything. */
export async function askStartDate({ given, world, ask }: Asking): Promise<string | null> {
  if (given.startDate !== null || ask === null) return given.startDate;
  const text = await ask.text({
    message: 'First day of entries, expenses, invoices and estimates',
    placeholder: 'Enter for everything, or such as 2020-01-01',
    problem: (answer) => {
      if (answer === '') return null;
      const found = problemOf('start_date', answer, world.schema, world.context.now());
      return found === null ? null : `This ${found}.`;
    },
  });
  return (text ?? '').trim() || null;
}

/** @throws ConnectorError USAGE_UNKNOWN_STREAM */
export async function askStreams(account: Account, asking: Asking): Promise<Taken> {
  const { given, world } = asking;
  const isGiven = given.streams.length > 0 || given.exclude.length > 0;
  const { include, exclude } = isGiven
    ? { include: given.streams, exclude: given.exclude }
    : await chooseStreams(account, asking);
  const chosen = selectStreams(world.catalog, { include, exclude });
  const choice = { personal: await askPersonal(chosen, asking), commercial: await askMoney(chosen, asking) };
  return { include, exclude, columns: delicateColumns(chosen, choice) };
}

/** The shorter of two ways to say which names were chosen. */
export function streamLists(
  chosen: readonly string[],
  all: readonly string[],
): { readonly include: readonly string[]; readonly exclude: readonly string[] } {
  const left = all.filter((name) => !chosen.includes(name));
  return left.length < chosen.length ? { include: [], exclude: left } : { include: chosen, exclude: [] };
}

async function chooseStreams(account: Account, { world, ask }: Asking): Promise<Omit<Taken, 'columns'>> {
  const streams = [...world.catalog.streams.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const names = streams.map(({ name }) => name);
  const refused = account.isAdministrator ? [] : refusedStreams(account.roles, names);
  const seen = names.filter((name) => !refused.includes(name));
  if (ask === null) return streamLists(seen, names);
  const all = refused.length === 0 ? `all ${names.length}` : `the ${seen.length} that this token may see`;
  const answer = await ask.choose({
    message: 'Streams',
    options: [
      { value: 'all', label: all },
      { value: 'some', label: 'choose' },
    ],
  });
  if (answer === 'all') return streamLists(seen, names);
  const chosen = await ask.chooseMany({
    message: 'Which?',
    options: streams.map(({ name, description }) => ({ value: name, label: name, hint: short(description) })),
    initial: seen,
  });
  return streamLists(chosen, names);
}

async function askPersonal(streams: readonly Stream[], { given, ask }: Asking): Promise<Personal> {
  const count = countDelicate(streams, 'personal');
  if (given.personal !== null || ask === null || count === 0) return given.personal ?? 'keep';
  return ask.choose<Personal>({
    message: `${plural(count, 'column')} name or describe persons (names, e-mail, notes)`,
    options: [
      { value: 'keep', label: 'keep them' },
      { value: 'hash', label: 'hash them', hint: 'the same person has the same code, and no name' },
      { value: 'exclude', label: 'leave them out' },
    ],
  });
}

async function askMoney(streams: readonly Stream[], { given, ask }: Asking): Promise<Commercial> {
  const count = countDelicate(streams, 'commercial');
  if (given.commercial !== null || ask === null || count === 0) return given.commercial ?? 'keep';
  return ask.choose<Commercial>({
    message: `${plural(count, 'column')} are money (amounts, rates, budgets)`,
    options: [
      { value: 'keep', label: 'keep them' },
      { value: 'exclude', label: 'leave them out' },
    ],
  });
}

/** The first sentence, as far as it fits beside a name. */
function short(description: string): string {
  const [sentence = ''] = description.split(/[.;:] /);
  return sentence.length <= 60 ? sentence : `${sentence.slice(0, 59)}…`;
}
