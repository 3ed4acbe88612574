/** The reference pages of `harvest-bq help <topic>`, made from the tables that the program itself works with. */
import { readFile } from 'node:fs/promises';
import { ERROR_TABLE, type ErrorCode } from '../error-codes.ts';
import { EXIT_CODES, EXIT_PARTIAL, RETRIES, type ErrorKind, type ErrorSpec } from '../error-kinds.ts';
import { ConnectorError } from '../errors.ts';
import { docsOf } from '../report/error-text.ts';
import { suggest } from '../catalog/suggest.ts';

/** A page for people and for machines. */
export interface Topic {
  readonly text: string;
  readonly data: unknown;
}

/** What an exit code means, and what the scheduler that sees it should do. */
export interface ExitMeaning {
  readonly code: number;
  readonly meaning: string;
  readonly scheduler: string;
}

/** All exit codes, in order. */
export const EXIT_MEANINGS: readonly ExitMeaning[] = [
  { code: 0, meaning: 'done, also when there was nothing to do', scheduler: 'be content' },
  { code: EXIT_CODES.internal, meaning: 'a defect in harvest-bq', scheduler: RETRIES.internal },
  { code: EXIT_CODES.usage, meaning: 'wrong flags or arguments', scheduler: RETRIES.usage },
  { code: EXIT_CODES.config, meaning: 'configuration, references or files', scheduler: RETRIES.config },
  { code: EXIT_CODES.auth, meaning: 'credentials or permissions', scheduler: RETRIES.auth },
  {
    code: EXIT_PARTIAL,
    meaning: 'some streams failed, the others are stored',
    scheduler: 'retry: it goes on',
  },
  { code: EXIT_CODES.transient, meaning: 'temporary: an outage or a limit', scheduler: RETRIES.transient },
  { code: EXIT_CODES.conflict, meaning: 'another run is at work', scheduler: RETRIES.conflict },
  {
    code: EXIT_CODES.data,
    meaning: 'data that breaks its contract, or too old',
    scheduler: RETRIES.data,
  },
  {
    code: EXIT_CODES.interrupted,
    meaning: 'stopped by SIGINT or --timeout, cleanly',
    scheduler: RETRIES.interrupted,
  },
  { code: 143, meaning: 'stopped by SIGTERM, cleanly', scheduler: RETRIES.interrupted },
];

/** Variables that are not the twin of a setting. */
const VARIABLES: readonly (readonly [string, string])[] = [
  ['HARVEST_ACCOUNT_ID', 'the account, where no file says it'],
  ['HARVEST_ACCESS_TOKEN', 'the token or a reference to it, where no file says it'],
  ['HARVEST_BQ_CONFIG', 'as -c, --config'],
  ['HARVEST_BQ_OUTPUT', 'as -o, --output'],
  ['HARVEST_BQ_LOG_LEVEL', 'as --log-level'],
  ['HARVEST_BQ_LOG_FORMAT', 'as --log-format'],
  ['HARVEST_BQ_PROGRESS', 'as --progress'],
  ['HARVEST_BQ_CONCURRENCY', 'as sync --concurrency'],
  ['HARVEST_BQ_TIMEOUT', 'as sync --timeout'],
  ['HARVEST_BQ_RUN_ID', 'as sync --run-id'],
  ['HARVEST_BQ_<SETTING>', 'any setting of the file by its path: HARVEST_BQ_SYNC_OVERLAP for sync.overlap'],
  [
    'HARVEST_BQ_SECRET_MANAGER_ENDPOINT',
    'private endpoint of Secret Manager (a host); one on this machine is asked without credentials',
  ],
  [
    'GOOGLE_APPLICATION_CREDENTIALS',
    'file of a Google login, where it is not that of gcloud or of the machine',
  ],
  ['GOOGLE_CLOUD_PROJECT', 'project of sm:// references that name none'],
  ['HTTPS_PROXY, NO_PROXY', 'the way out, to Harvest and to Google'],
  ['NO_COLOR, FORCE_COLOR', 'colours off or on, whatever the terminal'],
  ['CI', 'any value: lines in place of the live view'],
  ['TERM', 'dumb: lines in place of the live view'],
  ['LC_ALL, LC_CTYPE, LANG', 'characters of the live view: all of UTF-8, or those of every terminal'],
  ['TMPDIR', 'folder for rows on their way into the warehouse'],
  ['NODE_OPTIONS', 'memory limits of Node.js, in place of those that the program sets itself'],
  ['MALLOC_<NAME>', 'settings of the C library; the program sets three that are not given'],
  ['DUCKDB_JE_MALLOC_CONF', 'settings of the allocator in DuckDB; set where it is not given'],
  ['TRACEPARENT', 'trace of JSON lines (W3C), in the project of GOOGLE_CLOUD_PROJECT'],
  ['CLOUD_RUN_JOB', 'set by Cloud Run: log lines are JSON and name the job'],
  ['CLOUD_RUN_EXECUTION', 'set by Cloud Run: log lines, _sync_runs and the lock name it'],
  ['CLOUD_RUN_TASK_INDEX', 'set by Cloud Run: log lines and the lock name it'],
  ['CLOUD_RUN_TASK_ATTEMPT', 'set by Cloud Run: log lines name it'],
  ['npm_execpath', 'set by npm: next steps begin with npx'],
];

/** Every code with its meaning, by kind. */
export function errorsTopic(): Topic {
  const codes = Object.entries(ERROR_TABLE) as [ErrorCode, ErrorSpec][];
  const kinds = [...new Set(codes.map(([, spec]) => spec.kind))];
  const blocks = kinds.map((kind) => {
    const lines = codes
      .filter(([, spec]) => spec.kind === kind)
      .map(([code, spec]) => `  ${code.padEnd(28)}${spec.meaning}`);
    return [`${kind} (exit ${exitOf(kind)})`, ...lines].join('\n');
  });
  const data = codes.map(([code, spec]) => ({
    code,
    ...spec,
    exit_code: EXIT_CODES[spec.kind],
    retry: RETRIES[spec.kind],
    docs: docsOf(code),
  }));
  return { text: `${blocks.join('\n\n')}\n\nOne of them: harvest-bq help errors <CODE>`, data };
}

/**
 * One code: what it means, why it happens, what to do.
 * @throws ConnectorError USAGE_INVALID with the nearest code
 */
export function errorTopic(wanted: string): Topic {
  const code = wanted.toUpperCase().replaceAll('-', '_');
  if (!isErrorCode(code)) {
    const near = suggest(code, Object.keys(ERROR_TABLE));
    throw new ConnectorError('USAGE_INVALID', `There is no error code '${wanted}'.`, {
      hint: `${near === null ? '' : `Did you mean ${near}? `}All of them: harvest-bq help errors`,
    });
  }
  const spec: ErrorSpec = ERROR_TABLE[code];
  const text = [
    code,
    `  ${spec.meaning}`,
    `  Why   ${spec.cause}`,
    `  Do    ${spec.hint}`,
    `  Exit  ${exitOf(spec.kind)} (${spec.kind}): ${RETRIES[spec.kind]}`,
  ].join('\n');
  const exit = { exit_code: EXIT_CODES[spec.kind], retry: RETRIES[spec.kind] };
  return { text, data: { code, ...spec, ...exit, docs: docsOf(code) } };
}

export function exitCodesTopic(): Topic {
  const lines = EXIT_MEANINGS.map(
    ({ code, meaning, scheduler }) => `  ${String(code).padStart(3)}  ${meaning.padEnd(46)}${scheduler}`,
  );
  const head = `  ${'code'.padStart(4).trim()} ${'meaning'.padEnd(46)}a scheduler should`;
  const note = 'If all streams fail for one cause, the exit code is that cause’s and not 5.';
  return { text: [head, ...lines, '', note].join('\n'), data: EXIT_MEANINGS };
}

export function environmentTopic(): Topic {
  const width = Math.max(...VARIABLES.map(([name]) => name.length)) + 2;
  const lines = VARIABLES.map(([name, purpose]) => `  ${name.padEnd(width)}${purpose}`);
  const note = 'A flag wins over a variable, a variable over the file, the file over the default.';
  return {
    text: [...lines, '', note].join('\n'),
    data: VARIABLES.map(([name, purpose]) => ({ name, purpose })),
  };
}

/** Every setting of the file, from its schema. */
export async function configTopic(): Promise<Topic> {
  const text = await readFile(new URL('../../config/config.schema.json', import.meta.url), 'utf8');
  const settings = settingsOf(JSON.parse(text) as SchemaNode, '');
  const width = Math.max(...settings.map(({ path }) => path.length)) + 2;
  const lines = settings.map(({ path, title, value }) => `  ${path.padEnd(width)}${title} (${value})`);
  const head = 'config/harvest-bq.yaml, harvest-bq.yaml, or the file that -c names:';
  return { text: [head, '', ...lines].join('\n'), data: settings };
}

interface SchemaNode {
  readonly title?: string;
  readonly default?: unknown;
  readonly 'x-default'?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

interface Setting {
  readonly path: string;
  readonly title: string;
  readonly value: string;
}

function settingsOf(node: SchemaNode, prefix: string): readonly Setting[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const path = prefix + key;
    if (child.properties !== undefined) return settingsOf(child, `${path}.`);
    const value =
      child['x-default'] ?? (child.default === undefined ? 'none' : JSON.stringify(child.default));
    return [{ path, title: child.title ?? key, value }];
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}

function exitOf(kind: ErrorKind): string {
  return kind === 'interrupted' ? '130 or 143' : String(EXIT_CODES[kind]);
}
