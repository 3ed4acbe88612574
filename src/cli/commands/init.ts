/** `init`: a few questions, or their flags, and a configuration is written that every other command can read. */
import { dirname, join, resolve } from 'node:path';
import { findWordMistake } from '../../catalog/select.ts';
import { DEFAULT_FILES, findConfigFile } from '../../config/find-file.ts';
import { classify } from '../../classify/classify.ts';
import { ConnectorError } from '../../errors.ts';
import { canAsk } from '../ask.ts';
import { openSecretManager, type CliContext } from '../context.ts';
import type { Given } from '../init/answers.ts';
import { interrupted, type Asker } from '../init/asker.ts';
import { assertFree, copySchema, SCHEMA_FILE, stageFile } from '../init/config-file.ts';
import { gather, withVariables, type Gathered } from '../init/gather.ts';
import { assertGiven, missingFlags, readGiven } from '../init/given.ts';
import { leftoverLines, withLeftovers, type Leftover } from '../init/leftovers.ts';
import { nextCommands, previewText, writtenText } from '../init/screen.ts';
import { storeSecrets, type Stored, type StoredSecret } from '../init/store-secrets.ts';
import { assertReadable } from '../init/valid-text.ts';
import { openWorld, type World } from '../init/world.ts';
import { configText } from '../init/yaml-text.ts';
import { done, type Outcome } from '../outcome.ts';
import { programName } from '../program-name.ts';
import type { Invocation } from '../program.ts';
import { shownPath } from '../shown-path.ts';

/** Where the file goes, and whether it may take the place of another. */
interface Target {
  readonly path: string;
  readonly shown: string;
  readonly isForced: boolean;
}

/** Answers, and what Secret Manager has got by now. */
interface Progress extends Gathered {
  readonly stored: readonly StoredSecret[];
  readonly made: Leftover[];
}

/** Opens the conversation; null where there is nobody to ask. */
export type OpenAsker = (context: CliContext) => Promise<(Asker & { close(text: string): void }) | null>;

/** Asks at the terminal, if there is one. */
export async function runInit(invocation: Invocation, context: CliContext): Promise<Outcome> {
  return initWith(invocation, context, askAtTerminal);
}

/**
 * The command with somebody else to answer.
 * @throws ConnectorError USAGE_INVALID, USAGE_ANSWER_MISSING, INIT_EXISTS, INIT_UNWRITABLE, RUN_INTERRUPTED, HARVEST_*, SECRET_*
 */
export async function initWith(
  { flags }: Invocation,
  context: CliContext,
  open: OpenAsker,
): Promise<Outcome> {
  const world = await openWorld(context);
  const named = context.globals.config ?? world.variables.get('HARVEST_BQ_CONFIG') ?? '';
  const path = resolve(context.cwd, named === '' ? await usualPlace(context.cwd) : named);
  const target: Target = { path, shown: shownPath(path, context.cwd), isForced: flags['force'] === true };
  await assertFree(target.path, target.shown, target.isForced);
  const given = readGiven(flags, world.variables);
  assertGiven(given, world.schema, context.now());
  assertStreams(given, world);
  const ask = await open(context);
  if (ask === null) assertComplete(given);
  const gathered = await gather(given, world, ask);
  const made: Leftover[] = [];
  try {
    const outcome = await write({ ...gathered, stored: [], made }, target, world, ask);
    ask?.close('Done');
    return outcome;
  } catch (cause) {
    throw withLeftovers(classify(cause), made);
  }
}

/** Where a configuration is, or else would be: one must not be hidden by another that is looked for first. */
async function usualPlace(cwd: string): Promise<string> {
  const found = await findConfigFile(undefined, cwd);
  return found?.path ?? DEFAULT_FILES[0] ?? '';
}

async function write(gathered: Progress, target: Target, world: World, ask: Asker | null): Promise<Outcome> {
  const { context, catalog, variables } = world;
  const { answers, secrets, made } = gathered;
  const now = context.now();
  const text = configText(answers, now.toISOString().slice(0, 10));
  const isAgreed = ask === null || context.globals.yes;
  if (!isAgreed && !(await ask.confirm(previewText(target.shown, answers, secrets)))) throw interrupted();
  await using staged = await stageFile(text, target);
  await assertReadable(text, { path: staged.path, shown: target.shown }, { catalog, now });
  const { secrets: added, failure } = await store(gathered, target, world, ask);
  const stored = [...gathered.stored, ...added];
  if (failure !== null) {
    await assertVariablesWanted(failure, stored, ask);
    // awaited here, since the staged file goes at the end of this block
    return await write({ ...withVariables(gathered, stored), stored, made }, target, world, ask);
  }
  context.signal.throwIfAborted();
  await staged.publish();
  const isReferred = ({ reference }: Leftover): boolean =>
    stored.some((kept) => kept.reference === reference);
  const left = made.splice(0).filter((secret) => !isReferred(secret));
  const schema = join(dirname(target.path), SCHEMA_FILE);
  const hasSchema = await copySchema(dirname(target.path));
  const shownSchema = shownPath(schema, context.cwd);
  const written = { shown: target.shown, schema: hasSchema ? shownSchema : null, text, secrets: stored };
  const isUsual = DEFAULT_FILES.some((usual) => resolve(context.cwd, usual) === target.path);
  const next = nextCommands(written, {
    program: programName(context),
    place: isUsual ? '' : ` -c ${target.shown}`,
    variables,
    isTyped: gathered.isTyped,
  });
  const data = { file: target.path, schema: hasSchema ? schema : null, config: text, secrets: stored, next };
  const warnings = [
    ...(hasSchema
      ? []
      : [`${shownSchema} is not ours and stays as it is: editors will not complete the configuration`]),
    ...leftoverLines(left),
  ];
  return done(data, writtenText(written, next, context.stdout.paint), warnings);
}

/** Stores what has to be stored, up to the first failure. */
async function store(
  { secrets, made }: Progress,
  { isForced }: Target,
  { context }: World,
  ask: Asker | null,
): Promise<Stored> {
  if (secrets.length === 0) return { secrets: [], failure: null };
  return storeSecrets(secrets, await openSecretManager(context), { isForced, ask, made });
}

/** Goes on where a person rather has variables than no file. @throws ConnectorError the failure */
async function assertVariablesWanted(
  failure: ConnectorError,
  stored: readonly StoredSecret[],
  ask: Asker | null,
): Promise<void> {
  if (ask === null) throw failure;
  const kept = stored.map(({ what, reference }) => `The ${what} is in ${reference} and stays there.`);
  ask.warn([failure.message, failure.hint, ...kept].join('\n'));
  const instead = stored.length === 0 ? 'environment variables' : 'an environment variable for the rest';
  if (!(await ask.confirm(`Refer to ${instead} instead?`))) throw failure;
}

async function askAtTerminal(context: CliContext): ReturnType<OpenAsker> {
  if (!canAsk(context)) return null;
  const { openAsker } = await import('../init/clack-asker.ts');
  const { signal, globals, version } = context;
  const terminal = { input: process.stdin, output: process.stderr, signal, color: globals.color };
  return openAsker(`harvest-bq ${version}`, terminal);
}

/** @throws ConnectorError USAGE_ANSWER_MISSING with every flag that is missing */
function assertComplete(given: Given): void {
  const missing = missingFlags(given);
  if (missing.length === 0) return;
  const lines = missing.map((flag) => `  ${flag}`).join('\n');
  throw new ConnectorError('USAGE_ANSWER_MISSING', `There is nobody to ask for:\n${lines}`, {
    details: { command: 'init', missing: missing.map((flag) => flag.split(' ')[0]) },
  });
}

/** @throws ConnectorError USAGE_UNKNOWN_STREAM with every word that names nothing */
function assertStreams({ streams, exclude }: Given, { catalog }: World): void {
  const mistakes = [...streams, ...exclude].flatMap((word) => findWordMistake(catalog, word) ?? []);
  if (mistakes.length > 0) throw new ConnectorError('USAGE_UNKNOWN_STREAM', mistakes.join('\n'));
}
