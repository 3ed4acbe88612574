/**
 * From a file, the environment and flags to one `Config`:
 *
 *     find the file → parse → fill in variables → lay environment and flags over it → hold it against the schema
 *     → check what it means → resolve the secrets → build
 *
 * Nothing is resolved or built before every mistake is known, so that all of them are told at once.
 */
import { ConnectorError } from '../errors.ts';
import { buildConfig, buildStreams } from './build.ts';
import type { Config } from './config.ts';
import { DEFAULT_FILES, findConfigFile } from './find-file.ts';
import { collectUppers, mergeLayers, originOf, type Layers } from './layers.ts';
import { findMeaningProblems, SECRET_KEYS, type Get } from './meaning.ts';
import { refuseMistakes, type Given } from './mistakes.ts';
import {
  resolveSecret,
  type FetchedSecret,
  type ReferenceContext,
  type SecretManagerReference,
} from './reference.ts';
import {
  findSchemaProblems,
  listConfigKeys,
  loadConfigSchema,
  type ConfigKey,
  type SchemaProblem,
} from './schema.ts';
import type { Secret } from './secret.ts';
import { valueAt } from './tree.ts';
import { loadVariables } from './variables.ts';
import { loadYamlFile } from './yaml-file.ts';

/** What a configuration is loaded from. */
export interface LoadOptions {
  /** `-c`: the file, relative to `cwd`. HARVEST_BQ_CONFIG names it where this is absent. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory: `.env`, default places and relative paths start here. */
  readonly cwd: string;
  /** Values from flags by their path in the file, such as `{ 'sync.concurrency': 4 }`; undefined: not given. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined;
  /** Accept secrets in clear text in the file. */
  readonly allowPlainSecrets?: boolean | undefined;
  /** Leave Secret Manager alone; its secrets are then empty. */
  readonly offline?: boolean | undefined;
  /** Fetches secrets that `sm://` refers to. */
  readonly secretManager?: ((reference: SecretManagerReference) => Promise<FetchedSecret>) | undefined;
  /**
   * Finds what is wrong with the streams and columns that are named. Called only where there are other mistakes, so that
   * all are told at once; of a file without any, whoever loads it checks the choice.
   */
  readonly findChoiceMistakes?:
    | ((streams: Config['streams'], history: readonly string[]) => Promise<readonly SchemaProblem[]>)
    | undefined;
  /** The present, for `start_date`. */
  readonly now?: Date | undefined;
}

/**
 * Loads the configuration.
 *
 * @throws ConnectorError CONFIG_NOT_FOUND, CONFIG_FILE_MISSING, CONFIG_INVALID (all mistakes in `details.problems`), CONFIG_ENV_MISSING,
 * CONFIG_PLAIN_SECRET, SECRET_NOT_FOUND, and what Secret Manager throws
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const variables = await loadVariables(options.env, options.cwd);
  const found = await findConfigFile(
    options.file ?? nonEmpty(variables.values.get('HARVEST_BQ_CONFIG')),
    options.cwd,
  );
  const yaml = found === null ? null : await loadYamlFile(found.path, found.shown);
  const schema = loadConfigSchema();
  const keys = listConfigKeys(schema);
  const uppers = collectUppers(keys, options.flags ?? {}, variables.values, yaml !== null);
  const layers = mergeLayers(schema, yaml, uppers, variables.values);
  const given: Given = { found, yaml, keys, layers, variables };
  if (found === null) {
    assertEnough(given, options.cwd);
    layers.tree['version'] = 1;
  }
  const schemaProblems = findSchemaProblems(schema, layers.tree);
  const get = settingsOf(layers, keys);
  await refuseAll(given, options, get, schemaProblems);
  const secrets = await resolveSecrets(given, get, {
    variables: variables.values,
    secretManager: options.secretManager,
    offline: options.offline === true,
  });
  return buildConfig({
    get,
    secrets,
    origins: originsOf(given),
    file: found?.path ?? null,
    places: yaml === null ? null : new Map([...yaml.spans].map(([path, { key }]) => [path, key])),
    cwd: options.cwd,
  });
}

/** Refuses what is wrong, the choice of streams and columns included where these have the right form. */
async function refuseAll(
  given: Given,
  { allowPlainSecrets, findChoiceMistakes, now }: LoadOptions,
  get: Get,
  schemaProblems: readonly SchemaProblem[],
): Promise<void> {
  const meant = findMeaningProblems(get, now ?? new Date());
  const found = [...schemaProblems, ...withoutConsequences(meant, schemaProblems)];
  try {
    refuseMistakes(given, allowPlainSecrets === true, found);
  } catch (error) {
    const isFormed = schemaProblems.every(({ path }) => !/^(?:streams|sync\.history)\b/.test(path));
    if (findChoiceMistakes === undefined || !isFormed) throw error;
    const chosen = await findChoiceMistakes(buildStreams(get), get('sync.history') as readonly string[]);
    refuseMistakes(given, allowPlainSecrets === true, [...found, ...chosen]);
  }
}

/** Reads a value by its path, or its default; a path that the schema does not have is a defect. */
export function settingsOf(layers: Layers, keys: readonly ConfigKey[]): Get {
  const defaults = new Map(
    keys.map(({ path, node, types }) => [path, types.includes('object') ? undefined : node.default]),
  );
  return (path) => {
    if (!defaults.has(path)) throw new ConnectorError('INTERNAL', `the configuration has no key ${path}`);
    return valueAt(layers.tree, path) ?? defaults.get(path);
  };
}

function assertEnough({ layers, variables }: Given, cwd: string): void {
  const hasAccount = layers.uppers.has('harvest.account_id');
  const hasLogin = valueAt(layers.tree, 'harvest.access_token') !== undefined;
  const hasOauth = valueAt(layers.tree, 'harvest.oauth') !== undefined;
  if (hasAccount && (hasLogin || hasOauth)) return;
  const names = ['HARVEST_BQ_CONFIG', 'HARVEST_ACCOUNT_ID', 'HARVEST_ACCESS_TOKEN'];
  const places = [
    ...DEFAULT_FILES.map((path) => `${path} (not found)`),
    ...names.map((name) => `${name} (${(variables.values.get(name) ?? '') === '' ? 'not set' : 'set'})`),
    `.env (${variables.hasDotEnv ? 'found' : 'not found'})`,
  ];
  const message = `there is no configuration in ${cwd}\n\nLooked for   ${places.join(' · ')}`;
  throw new ConnectorError('CONFIG_NOT_FOUND', message, { details: { cwd, places } });
}

async function resolveSecrets(
  given: Given,
  get: Get,
  context: ReferenceContext,
): Promise<ReadonlyMap<string, Secret>> {
  const { layers, yaml, found } = given;
  const secrets = new Map<string, Secret>();
  for (const path of SECRET_KEYS) {
    const text = get(path);
    if (typeof text !== 'string') continue;
    const upper = layers.uppers.get(path);
    const at = yaml?.spans.get(path)?.value;
    const where = `${upper?.place ?? `${found?.shown}:${at?.line}:${at?.column}`} ${path}`;
    const origin = upper?.origin ?? layers.fromVariables.get(path) ?? `clear text in ${found?.shown}`;
    secrets.set(
      path,
      await resolveSecret({ text, where, origin, isToken: path !== 'sync.hash_key' }, context),
    );
  }
  return secrets;
}

function originsOf({ keys, layers }: Given): ReadonlyMap<string, string> {
  const leaves = keys.filter(
    ({ path, types }) => !path.includes('<') && (path === 'streams.overrides' || !types.includes('object')),
  );
  return new Map(leaves.map(({ path }) => [path, path === 'version' ? 'file' : originOf(layers, path)]));
}

/** Leaves out what only follows from a mistake that is told already: at the same key, or in the same section. */
function withoutConsequences(
  problems: readonly SchemaProblem[],
  told: readonly SchemaProblem[],
): readonly SchemaProblem[] {
  return problems.filter((problem) => !told.some(({ path }) => `${problem.path}.`.startsWith(`${path}.`)));
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
