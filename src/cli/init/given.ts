/** The flags of `init` as answers: read, checked by the schema of the file, and which are missing. Pure. */
import { parseReference } from '../../config/reference.ts';
import { findSchemaProblems, type SchemaNode } from '../../config/schema.ts';
import { findMeaningProblems } from '../../config/meaning.ts';
import { newTree, setAt, valueAt } from '../../config/tree.ts';
import { ConnectorError } from '../../errors.ts';
import { listOf, textOf, type FlagValues } from '../flags.ts';
import { COMMERCIAL, DESTINATIONS, PERSONAL, TOKEN_STORES, VISIBILITIES, type Given } from './answers.ts';

/** Variables that `--from-env` takes the account and the token from. */
export const ACCOUNT_VARIABLE = 'HARVEST_ACCOUNT_ID';
export const TOKEN_VARIABLE = 'HARVEST_ACCESS_TOKEN';

/** Settings that flags stand for, with the flag that gives each. */
const SETTINGS: Readonly<
  Record<string, { readonly flag: string; readonly of: (given: Given) => string | null }>
> = {
  'harvest.account_id': { flag: '--account-id', of: ({ accountId }) => accountId },
  connector: { flag: '--connector', of: ({ connector }) => connector },
  start_date: { flag: '--start-date', of: ({ startDate }) => startDate },
  'destination.path': { flag: '--path', of: ({ path }) => path },
  'destination.project': { flag: '--project', of: ({ project }) => project },
  'destination.dataset': { flag: '--dataset', of: ({ dataset }) => dataset },
  'destination.location': { flag: '--location', of: ({ location }) => location },
};

/** What the flags say, and under `--from-env` the two variables. */
export function readGiven(flags: FlagValues, variables: ReadonlyMap<string, string>): Given {
  const word = <Word extends string>(name: string, words: readonly Word[]): Word | null =>
    words.find((known) => known === flags[name]) ?? null;
  const fromEnv = flags['fromEnv'] === true;
  const variable = (name: string): string | null => (fromEnv ? variables.get(name) || null : null);
  const hasToken = variable(TOKEN_VARIABLE) !== null;
  return {
    accountId: textOf(flags, 'accountId') ?? variable(ACCOUNT_VARIABLE),
    tokenReference: textOf(flags, 'tokenReference') ?? (hasToken ? `\${${TOKEN_VARIABLE}}` : null),
    storeToken: word('storeToken', TOKEN_STORES),
    secret: textOf(flags, 'secret'),
    visibility: word('visibility', VISIBILITIES),
    destination: word('destination', DESTINATIONS),
    path: textOf(flags, 'path'),
    project: textOf(flags, 'project'),
    dataset: textOf(flags, 'dataset'),
    location: textOf(flags, 'location'),
    connector: textOf(flags, 'connector'),
    startDate: textOf(flags, 'startDate'),
    streams: listOf(flags, 'streams'),
    exclude: listOf(flags, 'exclude'),
    personal: word('personal', PERSONAL),
    commercial: word('commercial', COMMERCIAL),
    hashKeyReference: textOf(flags, 'hashKeyReference'),
  };
}

/** Flags without which nothing can be written, where nobody can be asked; what has a default is none of them. */
export function missingFlags(given: Given): readonly string[] {
  const isBigQuery = given.destination === 'bigquery';
  const needsSecret =
    given.storeToken === 'secret-manager' && given.secret === null && given.project === null;
  return [
    ...(given.accountId === null ? ['--account-id <id>'] : []),
    ...(given.tokenReference === null ? ['--token-reference <reference>'] : []),
    ...(given.destination === null ? ['--destination <duckdb|bigquery>'] : []),
    ...(isBigQuery && given.project === null ? ['--project <id>'] : []),
    ...(isBigQuery && given.location === null ? ['--location <location>'] : []),
    ...(needsSecret ? ['--secret <sm://project/name>'] : []),
  ];
}

/**
 * Checks what the flags say, all of it at once.
 * @throws ConnectorError USAGE_INVALID
 */
export function assertGiven(given: Given, schema: SchemaNode, now: Date): void {
  const problems = [
    ...Object.entries(SETTINGS).flatMap(([path, { flag, of }]) => {
      const value = of(given);
      const problem = value === null ? null : problemOf(path, value, schema, now);
      return problem === null ? [] : [`${flag} ${problem}`];
    }),
    ...referenceProblems(given),
    ...strayFlags(given),
  ];
  if (problems.length === 0) return;
  throw new ConnectorError('USAGE_INVALID', problems.map((problem) => `${problem}.`).join('\n'), {
    hint: 'Look at: harvest-bq init --help',
    details: { command: 'init', problems },
  });
}

/** What is wrong with the value of a setting, in words that go on from its name; null: nothing. */
export function problemOf(path: string, value: string, schema: SchemaNode, now: Date): string | null {
  const tree = newTree();
  tree['version'] = 1;
  setAt(tree, path, value);
  if (path === 'destination.dataset') setAt(tree, 'destination.type', 'bigquery');
  const get = (key: string): unknown => valueAt(tree, key);
  const found = [...findSchemaProblems(schema, tree), ...findMeaningProblems(get, now)];
  return found.find((problem) => problem.path === path)?.message ?? null;
}

/** What is wrong with a text that has to be a reference; never repeats it, since it may be the token itself. */
export function referenceProblem(text: string): string | null {
  const reference = parseReference(text);
  if (reference === null) {
    return 'must be a reference such as env://NAME, file:///path or sm://project/name; the token itself would stay in the history of the shell';
  }
  return reference.kind === 'malformed'
    ? 'is not a reference of the form env://NAME, file:///path or sm://project/name#version'
    : null;
}

/** What is wrong with the name of a secret that is to be made. */
export function secretProblem(text: string): string | null {
  const reference = parseReference(text);
  const isWhole = reference?.kind === 'secret-manager' && reference.project !== null && !text.includes('#');
  return isWhole ? null : 'must name a secret and its project, such as sm://acme-data/harvest-token';
}

function referenceProblems({ tokenReference, hashKeyReference, secret }: Given): readonly string[] {
  const isVariable = tokenReference === `\${${TOKEN_VARIABLE}}`;
  const token = tokenReference === null || isVariable ? null : referenceProblem(tokenReference);
  const hashKey = hashKeyReference === null ? null : referenceProblem(hashKeyReference);
  const place = secret === null ? null : secretProblem(secret);
  return [
    ...(token === null ? [] : [`--token-reference ${token}`]),
    ...(hashKey === null ? [] : [`--hash-key-reference ${hashKey}`]),
    ...(place === null ? [] : [`--secret ${place}`]),
  ];
}

/** Flags that do not go together, each with the reason. */
function strayFlags(given: Given): readonly string[] {
  const { destination, storeToken, secret, personal, hashKeyReference, path, dataset, location } = given;
  const needsBigQuery = [dataset === null ? '' : '--dataset', location === null ? '' : '--location'].filter(
    Boolean,
  );
  return [
    ...(destination === 'bigquery' && path !== null ? ['--path is only for --destination duckdb'] : []),
    ...(destination === 'duckdb'
      ? needsBigQuery.map((flag) => `${flag} is only for --destination bigquery`)
      : []),
    ...(secret !== null && storeToken === 'env' ? ['--secret is only for --store-token secret-manager'] : []),
    ...(hashKeyReference !== null && personal !== null && personal !== 'hash'
      ? ['--hash-key-reference is only for --personal hash']
      : []),
  ];
}
