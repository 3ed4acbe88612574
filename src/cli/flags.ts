import { InvalidArgumentError } from 'commander';
import { isCalendarDate } from '../config/calendar-date.ts';
import { parseDuration } from '../config/duration.ts';
import type { Level } from '../report/event-text.ts';

/** What the global flags and their environment twins say. */
export interface GlobalFlags {
  readonly config: string | null;
  readonly output: 'text' | 'json' | 'jsonl';
  readonly logLevel: Level;
  readonly logFormat: 'auto' | 'pretty' | 'json';
  readonly progress: 'auto' | 'live' | 'plain' | 'none';
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly input: boolean;
  readonly yes: boolean;
  readonly allowPlainSecrets: boolean;
}

/** Flags by the camel-case name that commander gives them. */
export type FlagValues = Readonly<Record<string, unknown>>;

/** `90s`, `25m`, `26h`, `2d` → milliseconds. */
export function durationFlag(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms === 0) {
    throw new InvalidArgumentError('It must be a duration such as 90s, 25m, 26h or 2d.');
  }
  return ms;
}

/** A day of the calendar. */
export function dateFlag(text: string): string {
  if (!isCalendarDate(text)) throw new InvalidArgumentError('It must be a date such as 2026-01-31.');
  return text;
}

/** A parser for whole numbers between two bounds. */
export function integerFlag(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < lowest || value > highest) {
      throw new InvalidArgumentError(`It must be a whole number from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

/** The id of a record in Harvest. */
export const idFlag = integerFlag(1, Number.MAX_SAFE_INTEGER);

/** Gathers a flag that may be repeated and may hold several words between commas. */
export function listFlag(text: string, before: readonly string[] | undefined): readonly string[] {
  const words = text.split(',').map((word) => word.trim());
  return [...(before ?? []), ...words.filter((word) => word !== '')];
}

/** A run id becomes part of file names and SQL texts. */
export function runIdFlag(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(text)) {
    throw new InvalidArgumentError('It must consist of letters, digits, dots, dashes and underscores.');
  }
  return text;
}

/** Sizes of a sandbox that have a name. */
export const SANDBOX_SIZES = ['tiny', 'studio', 'agency'] as const;

/** A named size, or a number of time entries. */
export type SandboxSize = (typeof SANDBOX_SIZES)[number] | number;

/** `studio` stays, `250000` becomes a number. */
export function sizeFlag(text: string): SandboxSize {
  const named = SANDBOX_SIZES.find((size) => size === text);
  if (named !== undefined) return named;
  const entries = Number(text);
  if (!/^\d+$/.test(text) || entries > 5_000_000) {
    throw new InvalidArgumentError(`It must be ${SANDBOX_SIZES.join(', ')}, or a number up to 5000000.`);
  }
  return entries;
}

/** The global flags as one typed object. */
export function toGlobalFlags(values: FlagValues): GlobalFlags {
  const quiet = values['quiet'] === true;
  return {
    config: typeof values['config'] === 'string' ? values['config'] : null,
    output: choice(values['output'], ['text', 'json', 'jsonl']),
    logLevel: quiet ? 'error' : choice(values['logLevel'], ['info', 'debug', 'warning', 'error']),
    logFormat: choice(values['logFormat'], ['auto', 'pretty', 'json']),
    progress: quiet ? 'none' : choice(values['progress'], ['auto', 'live', 'plain', 'none']),
    quiet,
    verbose: values['verbose'] === true,
    color: values['color'] !== false,
    input: values['input'] !== false,
    yes: values['yes'] === true,
    allowPlainSecrets: values['allowPlainSecrets'] === true,
  };
}

/** The value if it is one of the words, which commander has already checked; else the first of them. */
function choice<Word extends string>(value: unknown, words: readonly [Word, ...Word[]]): Word {
  return words.find((word) => word === value) ?? words[0];
}

/** A text flag, or null. */
export function textOf(values: FlagValues, name: string): string | null {
  const value = values[name];
  return typeof value === 'string' ? value : null;
}

/** A number flag, or null. */
export function numberOf(values: FlagValues, name: string): number | null {
  const value = values[name];
  return typeof value === 'number' ? value : null;
}

/** A list flag; empty where it was not given. */
export function listOf(values: FlagValues, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : [];
}
