/**
 * What is written down of a defect, for those who mend it. Pure.
 *
 * Always holds: no token and no value of a record gets in. Messages of errors quote what they stumbled over, so only those are
 * kept whose form leaves no room for that; of the command line only names of flags; of events only their names and streams.
 */
import { ConnectorError } from '../errors.ts';

/** What is known when a defect shows. */
export interface CrashFacts {
  readonly error: ConnectorError;
  readonly version: string;
  readonly command: string | null;
  /** Words of the command line. */
  readonly argv: readonly string[];
  readonly runId: string | null;
  readonly at: Date;
  /** The newest events, oldest first, by name and stream. */
  readonly trail: readonly string[];
}

/** Messages of the engine that name nothing but properties of the program. @see V8, messages of TypeError and RangeError (checked 2026-11-29) */
const HARMLESS = [
  /^Cannot (?:read|set) properties of (?:undefined|null) \((?:reading|setting) '[A-Za-z_$][\w$]*'\)$/,
  /^[A-Za-z_$][\w$.]* is not (?:a function|defined|iterable|a constructor)$/,
  /^Maximum call stack size exceeded$/,
  /^Invalid (?:array length|time value|string length)$/,
  /^Assignment to constant variable\.$/,
];

/** Causes within causes that are followed. */
const DEEPEST = 5;

/** The text of the file. */
export function crashText({ error, version, command, argv, runId, at, trail }: CrashFacts): string {
  const flags = argv.filter((word) => word.startsWith('-')).map((word) => word.split('=')[0] ?? '');
  return [
    'A defect in harvest-bq. This file holds no token and no value of a record.',
    '',
    `version   ${version}`,
    `node      ${process.version} on ${process.platform} ${process.arch}`,
    `command   ${[command ?? '?', ...flags.filter((flag) => /^--?[a-z-]+$/i.test(flag))].join(' ')}`,
    `run       ${runId ?? 'none'}`,
    `at        ${at.toISOString()}`,
    '',
    ...causesOf(error).flatMap((cause, index) => [
      `${index === 0 ? '' : 'caused by '}${nameOf(cause)}: ${messageOf(cause)}`,
      ...framesOf(cause),
    ]),
    '',
    trail.length === 0 ? 'no event before it' : 'events before it, newest last:',
    ...trail.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/** An error and its causes, but those that only say the same again. */
function causesOf(error: ConnectorError): readonly Error[] {
  const causes: Error[] = [error];
  for (let next = error.cause; next instanceof Error && causes.length < DEEPEST; next = next.cause)
    causes.push(next);
  return causes;
}

function nameOf(error: Error): string {
  if (error instanceof ConnectorError) return error.code;
  return /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : 'Error';
}

/** A message in our own words is kept, one that repeats what somebody else said is not. */
function messageOf(error: Error): string {
  const isOwn = error instanceof ConnectorError && error.cause === undefined;
  const isKept = isOwn || HARMLESS.some((form) => form.test(error.message));
  return isKept ? error.message : '(message left out: it may hold values)';
}

/** Places in the code, without the folder that the program stands in. */
function framesOf({ stack = '' }: Error): readonly string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at [^"'`]*(?:file:\/\/|node:|\/)[^"'`()]*:\d+:\d+\)?$/.test(line))
    .map((line) => line.replace(/(?:file:\/\/)?\/\S*?\/(dist|src|node_modules)\//g, '$1/').trim())
    .filter((line) => !line.includes('data:'))
    .map((line) => `    ${line}`);
}
