/** The text of the file that `init` writes: every setting that was answered, the others as comments with their defaults. Pure. */
import { stringify } from 'yaml';
import type { Answers, ColumnAnswer, DestinationAnswer } from './answers.ts';

/** Longest line before a list is written below its key. */
const WIDTH = 110;

/** Renders the configuration. `date` is the day that the head names, `YYYY-MM-DD`. */
export function configText(answers: Answers, date: string): string {
  return [
    head(date),
    identity(answers),
    harvest(answers),
    startDate(answers.startDate),
    destination(answers.destination),
    sync(answers.hashKey),
    streams(answers),
  ].join('\n');
}

/** Names of the variables that a text refers to, which have to be set before it is used. */
export function variablesIn(text: string): readonly string[] {
  const found = [...text.matchAll(/^(?!\s*#).*?(?:(?<!\$)\$\{(\w+)|env:\/\/(\w+))/gm)];
  return [...new Set(found.map(([, braced, named]) => braced ?? named ?? ''))];
}

function head(date: string): string {
  return `# yaml-language-server: $schema=./config.schema.json
#
# Written by harvest-bq init on ${date}. Lines with a # in front show a default or an example; take the # away to
# change it. All settings: harvest-bq help config. After a change: harvest-bq check --offline
`;
}

function identity({ connector }: Answers): string {
  return `# Version of this format.
version: 1

# Name of this connector: one Harvest account and where its tables go.
connector: ${scalar(connector)}
`;
}

function harvest({ accountId, token, visibility }: Answers): string {
  return `harvest:
  # The number of the account, shown at https://id.getharvest.com/developers.
  account_id: ${accountId}
  # Where the token is. The token itself never stands in this file.
  access_token: ${reference(token)}
  # A name and a contact, which Harvest asks for.
  # user_agent: Acme data team (data@acme.example)
  # Requests in 15 s and report requests in 15 min, of the 100 that Harvest allows to all integrations together.
  # limits: { general: 90, reports: 90 }
  # full: the token must be an administrator's. partial: take what it may see.
  visibility: ${visibility}
`;
}

function startDate(day: string | null): string {
  const line = day === null ? '# start_date: 2020-01-01' : `start_date: ${day}`;
  return `# Time entries, expenses, invoices and estimates before this date are not stored. Without the line: everything is.
${line}
`;
}

function destination(answer: DestinationAnswer): string {
  if (answer.type === 'duckdb') {
    return `destination:
  # duckdb: a file on this machine. bigquery: a dataset of a Google Cloud project.
  type: duckdb
  # The file, relative to the working directory. Its folder has to exist.
  path: ${scalar(answer.path)}
`;
  }
  return `destination:
  # bigquery: a dataset of a Google Cloud project. duckdb: a file on this machine.
  type: bigquery
  # The project that holds the datasets and pays for the jobs.
  project: ${scalar(answer.project)}
  # The dataset of the tables, for this connector alone. Made when missing.
  dataset: ${scalar(answer.dataset)}
  # Where it is kept; a dataset cannot be moved later.
  location: ${scalar(answer.location)}
  # A query job that would be billed for more fails instead.
  # maximum_bytes_billed: 10GB
  # Act as this service account instead of as whoever is logged in.
  # impersonate_service_account: harvest-sync@${answer.project}.iam.gserviceaccount.com
`;
}

function sync(hashKey: string | null): string {
  const key = hashKey === null ? '# hash_key: env://HARVEST_HASH_KEY' : `hash_key: ${reference(hashKey)}`;
  return `sync:
  # Rows that are gone from Harvest: remove, mark (with _deleted_at) or keep.
  deletes: remove
  # Key of the columns that are stored as keyed hashes. With another key they are other hashes, so keep it.
  ${key}
  # A run that takes longer stops cleanly. Without the line: no limit.
  # timeout: 50m
  # End each run with the quick form of verify.
  # verify: true
`;
}

function streams({ include, exclude, columns }: Answers): string {
  const lines = [
    'streams:',
    "  # Names (clients), patterns ('invoice*') or tags (tag:billing) of the streams to take. List them: harvest-bq discover",
    list('  include', include.length === 0 ? ['*'] : include),
    '  # And of those to leave out.',
    exclude.length === 0 ? '  # exclude: [cost_rates]' : list('  exclude', exclude),
    '  # Columns that are left out or stored as keyed hashes. Keys and dates are always kept.',
    ...overrides(columns),
  ];
  return `${lines.join('\n')}\n`;
}

function overrides(columns: ReadonlyMap<string, ColumnAnswer>): readonly string[] {
  if (columns.size === 0) return ['  # overrides:', '  #   time_entries: { columns: { exclude: [notes] } }'];
  return [
    '  overrides:',
    ...[...columns].flatMap(([stream, { exclude, hash }]) => [
      `    ${stream}:`,
      '      columns:',
      ...(exclude.length === 0 ? [] : [list('        exclude', exclude)]),
      ...(hash.length === 0 ? [] : [list('        hash', hash)]),
    ]),
  ];
}

/** `exclude: [a, b]`, or an item a line where that is too long. */
function list(key: string, words: readonly string[]): string {
  const items = words.map((word) => scalar(word));
  const flat = `${key}: [${items.join(', ')}]`;
  if (flat.length <= WIDTH) return flat;
  const indent = ' '.repeat(key.length - key.trimStart().length + 2);
  return [`${key}:`, ...items.map((item) => `${indent}- ${item}`)].join('\n');
}

/** A text as YAML would read it back, also between brackets; a `${` in it stays what it is. */
function scalar(text: string): string {
  const literal = text.replaceAll('${', () => '$${');
  const isPlain =
    /^[A-Za-z0-9_./][A-Za-z0-9_./ -]*$/.test(literal) && stringify(literal, PLAIN) === `${literal}\n`;
  return isPlain ? literal : stringify(literal, QUOTED).trimEnd();
}

/** A reference, whose `${` is meant. Its letters need no quotes, but for a path with blanks or a #. */
function reference(text: string): string {
  return /^(?:\$\{\w+\}|[A-Za-z]+:\/\/[\w./:@%+=~,-]*(?:#[\w-]+)?)$/.test(text)
    ? text
    : stringify(text, QUOTED).trimEnd();
}

const PLAIN = { lineWidth: 0 } as const;
const QUOTED = { lineWidth: 0, defaultStringType: 'QUOTE_SINGLE' } as const;
