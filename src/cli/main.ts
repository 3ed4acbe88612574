/** From the command line to an exit code; the only place that ends the process. */
import { classify } from '../classify/classify.ts';
import { ConnectorError } from '../errors.ts';
import { DefectKeeper } from './defects.ts';
import { FIRST_LOOK } from './first-look.ts';
import type { CliContext, Session } from './context.ts';
import { dispatch } from './dispatch.ts';
import { toGlobalFlags, type FlagValues } from './flags.ts';
import { done, type Outcome } from './outcome.ts';
import { outputIn, parseCommandLine, type Parsed } from './parse.ts';
import { present, presentError, type Presentation } from './present.ts';
import { asTyped, programName } from './program-name.ts';
import { screenOf } from './screen.ts';
import { listenToSignals } from './signals.ts';
import { packageVersion } from './version.ts';

/** Runs the command line of this process and ends it. */
export async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const version = packageVersion();
  const withColour = !argv.includes('--no-color');
  const session: Session = {
    reporter: null,
    guard: null,
    command: null,
    secretManager: null,
    isPresented: false,
    defects: new DefectKeeper({ version, argv, cwd: process.cwd() }),
  };
  const program = programName(process);
  const typed = (text: string): string => asTyped(text, { program, config: session.config ?? null });
  const stdout = screenOf(process.stdout, withColour, typed);
  const stderr = screenOf(process.stderr, withColour, typed);
  const view: Presentation = { stdout, stderr, session, version, output: outputIn(argv, process.env) };
  let isLeaving = false;
  const leave = async (exitCode: number): Promise<void> => {
    if (isLeaving) return;
    isLeaving = true;
    session.reporter?.close();
    await Promise.all([stdout.flush(), stderr.flush()]);
    process.exit(exitCode);
  };
  const crash = (cause: unknown): void => {
    if (isLeaving) return;
    const error = writtenDown(new ConnectorError('INTERNAL', describeDefect(cause), { cause }), session);
    session.guard?.finish(error);
    void leave(presentError(error, view));
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  const signal = listenToSignals({
    tell: (text) => {
      if (session.reporter === null) stderr.write(`${text}\n`);
      else session.reporter.note(text);
    },
    leave: (error) => {
      session.guard?.finish(error);
      process.exit(presentError(error, view));
    },
  });
  await leave(await run(argv, view, signal));
}

async function run(argv: readonly string[], view: Presentation, signal: AbortSignal): Promise<number> {
  const { session } = view;
  try {
    const parsed = parseCommandLine(argv, view.version);
    session.command = nameOf(parsed);
    const outcome = await carryOut(parsed, view, signal);
    const exitCode = present(outcome, view);
    return outcome.serve === undefined ? exitCode : await outcome.serve();
  } catch (cause) {
    const known = cause instanceof ConnectorError ? cause : (interruption(signal) ?? classify(cause));
    const error = writtenDown(known, session);
    session.guard?.finish(error);
    session.command ??= commandOf(error);
    return presentError(error, view);
  }
}

async function carryOut(parsed: Parsed, view: Presentation, signal: AbortSignal): Promise<Outcome> {
  if (parsed.kind === 'nothing') return done({ help: FIRST_LOOK }, FIRST_LOOK.trimEnd());
  if (parsed.kind === 'text') return done({ [parsed.name]: parsed.text.trimEnd() }, parsed.text.trimEnd());
  const { invocation } = parsed;
  return dispatch(invocation, contextFor(invocation.command, invocation.flags, view, signal));
}

function contextFor(command: string, flags: FlagValues, view: Presentation, signal: AbortSignal): CliContext {
  const globals = toGlobalFlags(flags);
  // who gave the variable need not type the flag
  view.session.config = globals.config === process.env['HARVEST_BQ_CONFIG'] ? null : globals.config;
  return {
    command,
    globals,
    version: view.version,
    env: process.env,
    cwd: process.cwd(),
    stdout: view.stdout,
    stderr: view.stderr,
    signal,
    now: () => new Date(),
    session: view.session,
  };
}

function nameOf(parsed: Parsed): string | null {
  if (parsed.kind === 'command') return parsed.invocation.command;
  return parsed.kind === 'text' ? parsed.name : null;
}

/** The command that a line that cannot be parsed seems to mean. */
function commandOf(error: ConnectorError): string | null {
  const command = error.details['command'];
  return typeof command === 'string' ? command : null;
}

/** Whatever breaks after a signal broke because of it. */
function interruption(signal: AbortSignal): ConnectorError | null {
  return signal.aborted && signal.reason instanceof ConnectorError ? signal.reason : null;
}

/** A defect with the file that tells of it in its next step; any other error stays as it is. */
function writtenDown(error: ConnectorError, { defects, command }: Session): ConnectorError {
  const file = defects?.keep(error, command) ?? null;
  if (file === null || error.code !== 'INTERNAL') return error;
  const { message, cause, details } = error;
  const hint = `Run again with --log-level debug, and report what it prints together with ${file} (no tokens, no values of records).`;
  return new ConnectorError('INTERNAL', message, { hint, cause, details: { ...details, crash_file: file } });
}

/** Message and the first place of a defect; never more, since values could be in it. */
function describeDefect(cause: unknown): string {
  if (!(cause instanceof Error)) return `Something that is not an error was thrown: ${typeof cause}`;
  const place = cause.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return place === undefined ? cause.message : `${cause.message}  ${place.trim()}`;
}
