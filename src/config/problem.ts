import { ConnectorError } from '../errors.ts';

/** A line and column of a file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One mistake in the configuration, with the place where it can be mended. */
export interface Problem {
  /** Null where the value did not come from the file. */
  readonly line: number | null;
  readonly column: number | null;
  /** `5:3`, or `HARVEST_BQ_SYNC_OVERLAP`, or `--concurrency`. */
  readonly place: string;
  /** The key's path, such as `sync.overlap`; empty where the whole file is meant. */
  readonly path: string;
  /** Goes on from the path: `is "two", must be a duration such as 10m`. */
  readonly message: string;
}

/** A problem at a place of the file. */
export function problemAt(position: Position, path: string, message: string): Problem {
  const { line, column } = position;
  return { line, column, place: `${line}:${column}`, path, message };
}

/** A problem of the file as such, which has no line: it is a folder, or cannot be read. */
export function problemOfFile(message: string): Problem {
  return { line: null, column: null, place: 'file', path: '', message };
}

/**
 * The error that lists every mistake, in the order of the file. Whatever looks like a Harvest token is hidden,
 * since a token may stand where another value belongs.
 *
 * @param shownFile the file as it is shown, or null where there is none
 */
export function invalidConfig(shownFile: string | null, problems: readonly Problem[]): ConnectorError {
  const sorted = problems
    .map((problem) => ({ ...problem, path: hideTokens(problem.path), message: hideTokens(problem.message) }))
    .toSorted((a, b) => order(a.line) - order(b.line) || order(a.column) - order(b.column));
  const placeWidth = Math.max(...sorted.map(({ place }) => place.length));
  const pathWidth = Math.max(...sorted.map(({ path }) => path.length));
  const lines = sorted.map(({ place, path, message }) => {
    const subject = pathWidth === 0 ? '' : `${path.padEnd(pathWidth)}   `;
    return `  ${place.padEnd(placeWidth)}   ${subject}${message}`;
  });
  const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
  const message = `${count} in ${sourcesOf(shownFile, sorted)}\n\n${lines.join('\n')}`;
  return new ConnectorError('CONFIG_INVALID', message, { details: { file: shownFile, problems: sorted } });
}

/** The value as a message may show it: text in quotes and cut, lists and mappings by their kind. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

/**
 * Hides what looks like a Harvest token: digits, `pt`, `at` or `rt`, and a random part.
 *
 * @see Harvest API v2 docs, page Authentication (checked 2026-11-20)
 */
export function hideTokens(text: string): string {
  return text.replace(/\b[0-9]+\.(?:pt|at|rt)\.[\w~+/=.-]+/g, '[secret]');
}

function order(lineOrColumn: number | null): number {
  return lineOrColumn ?? Number.MAX_SAFE_INTEGER;
}

function sourcesOf(shownFile: string | null, problems: readonly Problem[]): string {
  const sources = new Set<string>();
  for (const { line, place } of problems) {
    if (place.startsWith('--')) sources.add('the flags');
    else if (line === null && place !== 'file') sources.add('the environment');
    else sources.add(shownFile ?? 'the configuration');
  }
  return [...sources].join(', ').replace(/, ([^,]*)$/, ' and $1');
}
