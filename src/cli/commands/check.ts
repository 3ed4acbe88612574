/** `check`: tries everything that a run needs, in order, and tells about all of it. */
import type { Config } from '../../config/config.ts';
import type { Secret } from '../../config/secret.ts';
import type { Module } from '../../catalog/stream.ts';
import { assertChoice } from '../../catalog/check-choice.ts';
import { selectStreams } from '../../catalog/select.ts';
import { classify } from '../../classify/classify.ts';
import { ConnectorError } from '../../errors.ts';
import type { Emit } from '../../events.ts';
import type { Account } from '../../harvest/account.ts';
import { errorLines } from '../../report/error-text.ts';
import { plural } from '../../report/quantity.ts';
import { shownAccount } from '../../sync/shown-account.ts';
import {
  openCatalog,
  openConfig,
  openHarvest,
  openReporter,
  rotationKeeper,
  type CliContext,
} from '../context.ts';
import { assertWhole } from '../../sync/visibility.ts';
import { factsOf, type Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import { shownPath } from '../shown-path.ts';
import { placeOf } from '../warehouse-door.ts';

/** One thing that was tried. */
export interface Check {
  readonly name: string;
  /** ok; failed; or left out, because it was not asked for or something before it failed. */
  readonly outcome: 'ok' | 'failed' | 'left out';
  readonly text: string;
  readonly error?: ConnectorError;
}

/** Codes of a configuration that is right in itself but refers to something that is not there. */
const REFERENCE_CODES = new Set([
  'CONFIG_ENV_MISSING',
  'CONFIG_PLAIN_SECRET',
  'SECRET_NOT_FOUND',
  'SECRET_FORBIDDEN',
  'SECRET_UNAVAILABLE',
  'BIGQUERY_CREDENTIALS',
]);

const MODULES: Readonly<Record<Module, string>> = {
  expense: 'expenses',
  invoice: 'invoices',
  estimate: 'estimates',
};

export async function runCheck(invocation: Invocation, context: CliContext): Promise<Outcome> {
  const isOffline = invocation.flags['offline'] === true;
  const { config, checks: files } = await examineFiles(context, isOffline);
  const checks = [...files];
  if (config === null || isOffline) {
    const reason = isOffline ? 'not asked for (--offline)' : 'not tried: needs the configuration';
    checks.push(leftOut('harvest', reason), leftOut('warehouse', reason));
  } else {
    const { emit } = await openReporter(context, null);
    checks.push(...(await examineHarvest(context, config, emit)));
    checks.push(...(await examinePlace(context, config, emit)));
  }
  const origins = context.globals.verbose && config !== null ? originLines(config) : [];
  return outcomeOf(checks, origins, context);
}

interface Files {
  readonly config: Config | null;
  readonly checks: readonly Check[];
}

async function examineFiles(context: CliContext, isOffline: boolean): Promise<Files> {
  try {
    const config = await openConfig(context, { offline: isOffline });
    assertChoice(config, await openCatalog());
    const streams = await streamNames(config);
    const place = config.file === null ? 'from the environment' : shownPath(config.file, context.cwd);
    const text = `${place} · ${plural(streams.length, 'stream')}`;
    return { config, checks: [ok('config', text), ok('references', secretText(config))] };
  } catch (cause) {
    const error = classify(cause);
    const text = firstLine(error.message);
    const checks: readonly Check[] = REFERENCE_CODES.has(error.code)
      ? [ok('config', 'can be read'), { name: 'references', outcome: 'failed', text, error }]
      : [
          { name: 'config', outcome: 'failed', text, error },
          leftOut('references', 'not tried: needs the configuration'),
        ];
    return { config: null, checks };
  }
}

async function streamNames(config: Config): Promise<readonly string[]> {
  const { include, exclude } = config.streams;
  return selectStreams(await openCatalog(), { include, exclude }).map(({ name }) => name);
}

async function examineHarvest(context: CliContext, config: Config, emit: Emit): Promise<readonly Check[]> {
  const { readAccount } = await import('../../harvest/account.ts');
  await using client = await openHarvest(context, config, emit);
  let account: Account | null = null;
  const startedAt = performance.now();
  const login = await attempt('harvest', async () => {
    account = await readAccount(client).catch((error: unknown) =>
      explainAccount(error, { context, config, emit }),
    );
    assertWhole(account, config, await streamNames(config));
    return accountText(account, config, performance.now() - startedAt);
  });
  return account === null ? [login] : [login, ...moduleChecks(account)];
}

/** The warehouse, in as many lines as it has things to try. */
async function examinePlace(context: CliContext, config: Config, emit: Emit): Promise<readonly Check[]> {
  const { cwd, signal } = context;
  const examined = await placeOf(config, { cwd, signal, emit }).examine();
  return examined.map(({ name, text, error }) =>
    error === undefined ? ok(name, text) : { name, outcome: 'failed', text: firstLine(text), error },
  );
}

/** A wrong account id is answered with the ids that the token can be used for. */
async function explainAccount(
  failure: unknown,
  { context, config, emit }: { context: CliContext; config: Config; emit: Emit },
): Promise<never> {
  if (!(failure instanceof ConnectorError) || failure.code !== 'HARVEST_ACCOUNT_UNKNOWN') throw failure;
  const { listAccounts } = await import('../../harvest/account.ts');
  const { signal, env } = context;
  const { onRotated, settled } = rotationKeeper(context, emit);
  const deps = { emit: () => undefined, signal, env, onRotated };
  const known = await listAccounts(config.harvest, deps).catch(() => []);
  await settled();
  if (known.length === 0) throw failure;
  const names = known.map(({ id, name }) => `${id} (${name})`).join(', ');
  throw new ConnectorError(failure.code, failure.message, {
    hint: `This token can be used for: ${names}. Put the right id into harvest.account_id.`,
    details: failure.details,
    cause: failure,
  });
}

function accountText(found: Account, config: Config, ms: number): string {
  const account = shownAccount(found, config);
  const name =
    account.name === null ? config.harvest.accountId : `${account.name} (${config.harvest.accountId})`;
  const partial = account.isAdministrator
    ? ''
    : ', partial visibility accepted, deletions are not looked for';
  return `${name} as ${account.userName}, ${account.roles.join(', ')}${partial} · ${Math.round(ms)} ms`;
}

/** Modules that are switched off are shown, since their tables stay empty. */
function moduleChecks(account: Account): readonly Check[] {
  const modules = Object.keys(MODULES) as Module[];
  return modules
    .filter((module) => account.modules[module] === false)
    .map((module) => leftOut(MODULES[module], 'switched off in Harvest: these streams are skipped'));
}

function secretText({ harvest: { login }, sync: { hashKey } }: Config): string {
  const secrets = login.kind === 'token' ? [login.accessToken] : [login.clientSecret, login.refreshToken];
  const text = `${login.kind === 'token' ? 'access token' : 'OAuth client'} ← ${secrets.map(originText).join(', ')}`;
  return hashKey === null ? text : `${text} · hash key ← ${originText(hashKey)}`;
}

/** `sm://acme/harvest-token#latest (version 7)`; a reference that says its number is not told it again. */
function originText({ origin, version }: Secret): string {
  return version === null || origin.endsWith(`#${version}`) ? origin : `${origin} (version ${version})`;
}

function originLines(config: Config): readonly string[] {
  const width = Math.max(...[...config.origins.keys()].map((path) => path.length));
  return ['', ...[...config.origins].map(([path, origin]) => `  ${path.padEnd(width)}  ${origin}`)];
}

function outcomeOf(checks: readonly Check[], extra: readonly string[], context: CliContext): Outcome {
  const failed = checks.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const { paint } = context.stdout;
  const marks = { ok: paint('green', '✓'), failed: paint('red', '✗'), 'left out': '–' } as const;
  const lines = checks.map(({ name, outcome, text }) => `  ${marks[outcome]} ${name.padEnd(12)} ${text}`);
  const passed = checks.filter(({ outcome }) => outcome === 'ok').length;
  const closing =
    failed.length === 0
      ? `${plural(passed, 'check')} passed. Next: harvest-bq sync`
      : `${plural(failed.length, 'check')} failed`;
  const [first] = failed;
  const data = checks.map(({ name, outcome, text, error }) => ({
    name,
    outcome: outcome.replace(' ', '_'),
    text,
    error: error === undefined ? null : factsOf(error),
  }));
  return {
    exitCode: first?.exitCode ?? 0,
    data: { checks: data },
    text: [...lines, ...extra, '', closing].join('\n'),
    ...(first === undefined ? {} : { failure: factsOf(first) }),
    ...(failed.length === 0 || context.globals.output !== 'text'
      ? {}
      : { closing: failed.map((error) => `\n${errorLines(error).join('\n')}`).join('\n') }),
  };
}

async function attempt(name: string, examine: () => Promise<string>): Promise<Check> {
  try {
    return ok(name, await examine());
  } catch (cause) {
    const error = classify(cause);
    return { name, outcome: 'failed', text: firstLine(error.message), error };
  }
}

function ok(name: string, text: string): Check {
  return { name, outcome: 'ok', text };
}

function leftOut(name: string, text: string): Check {
  return { name, outcome: 'left out', text };
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
