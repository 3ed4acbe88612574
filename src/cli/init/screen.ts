/** What `init` says before it writes and when it has. Pure. */
import { plural } from '../../report/quantity.ts';
import type { Paint } from '../../report/paint.ts';
import type { Answers, DestinationAnswer } from './answers.ts';
import type { SecretPlan } from './gather.ts';
import { TOKEN_VARIABLE } from './given.ts';
import type { StoredSecret } from './store-secrets.ts';
import { variablesIn } from './yaml-text.ts';

/** No more names than this stand in a line. */
const MOST_NAMES = 6;

/** What is about to be written, in a line each, and the question. */
export function previewText(shown: string, answers: Answers, secrets: readonly SecretPlan[]): string {
  const { destination, columns } = answers;
  const place =
    destination.type === 'duckdb'
      ? `DuckDB file ${destination.path}`
      : `BigQuery ${destination.project}.${destination.dataset} (${destination.location})`;
  const touched = [...columns.values()];
  const left = touched.reduce((sum, { exclude }) => sum + exclude.length, 0);
  const hashed = touched.reduce((sum, { hash }) => sum + hash.length, 0);
  return [
    `account ${answers.accountId} → ${place}`,
    ...datasetLines(destination),
    `streams: ${streamsText(answers)}`,
    answers.startDate === null ? 'from the beginning' : `from ${answers.startDate} on`,
    `token ← ${answers.token}`,
    ...(left === 0 ? [] : [`${plural(left, 'column')} left out`]),
    ...(hashed === 0 ? [] : [`${plural(hashed, 'column')} stored as keyed hashes`]),
    ...secrets.map(({ what, reference }) => `the ${what} goes into ${reference}`),
    `Write ${shown}?`,
  ].join('\n');
}

function datasetLines(destination: DestinationAnswer): readonly string[] {
  if (destination.type === 'duckdb' || destination.isThere) return [];
  return [`the first run makes the dataset ${destination.dataset}, unless it is there`];
}

function streamsText({ include, exclude }: Answers): string {
  const chosen = include.length === 0 ? 'all' : listed(include);
  return exclude.length === 0 ? chosen : `${chosen}, without ${listed(exclude)}`;
}

/** Names, the first of many. */
function listed(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;
}

/** What was written. */
export interface Written {
  readonly shown: string;
  /** The schema beside it, as it is shown; null: something else stands in its place. */
  readonly schema: string | null;
  readonly text: string;
  readonly secrets: readonly StoredSecret[];
}

/** Commands to go on with, in their order. `isTyped`: the token stands in no variable yet. */
export function nextCommands(
  { text }: Pick<Written, 'text'>,
  facts: {
    readonly program: string;
    /** `-c` where the file is in none of the usual places, with a blank in front. */
    readonly place: string;
    readonly variables: ReadonlyMap<string, string>;
    readonly isTyped: boolean;
  },
): readonly string[] {
  const unset = variablesIn(text).filter(
    (name) => (facts.variables.get(name) ?? '') === '' || (facts.isTyped && name === TOKEN_VARIABLE),
  );
  return [...unset.map((name) => exportOf(name)), `${facts.program} check${facts.place}`];
}

/** The result for people. */
export function writtenText(
  { shown, schema, secrets }: Written,
  next: readonly string[],
  paint: Paint,
): string {
  const tick = paint('green', '✓');
  const lines = [
    `${tick} ${shown}`,
    ...(schema === null ? [] : [`${tick} ${schema}, from which editors complete and check it`]),
    ...secrets.map(({ what, reference, outcome, version }) => {
      const counted = version === null ? '' : `, version ${version}`;
      return `${tick} ${what} in ${reference} (${outcome}${counted})`;
    }),
  ];
  const steps = next.map((command, index) => `${index === 0 ? 'Next   ' : '       '}${command}`);
  return [...lines, '', ...steps].join('\n');
}

/** A key is made on the spot; a token is somebody's own, and typed where no history of the shell keeps it. */
function exportOf(name: string): string {
  return name.includes('KEY')
    ? `export ${name}=$(openssl rand -hex 32)   # and keep it`
    : `read -rs ${name} && export ${name}   # then paste the ${name === TOKEN_VARIABLE ? 'token' : 'value'}`;
}
