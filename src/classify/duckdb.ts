/** What a failure of DuckDB means, told by the class its message begins with and by the words of its files. */
import type { ErrorCode } from '../error-codes.ts';
import { ConnectorError } from '../errors.ts';
import { isErrorLike } from './error-like.ts';

/** The class of a DuckDB message: `IO Error: …`, `TransactionContext Error: …`. */
const CLASS = /^([A-Za-z][A-Za-z -]*) Error: /;

/**
 * In order: the first pattern that a message matches tells its code. Whatever DuckDB says beyond these is a
 * statement that failed.
 * @see DuckDB 1.5.6, messages as seen from the library (checked 2026-11-20)
 */
const MEANINGS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/No space left on device|File too large|Disk quota exceeded|max_temp_directory_size/i, 'DISK_FULL'],
  [/Could not set lock on file|Conflicting lock is held|already attached by process/i, 'WAREHOUSE_BUSY'],
  [/in read-only mode: database does not exist/i, 'WAREHOUSE_MISSING'],
  [/not a valid DuckDB database file/i, 'WAREHOUSE_NOT_DUCKDB'],
  [
    /Corrupt database file|database file with version number|database file was created with/i,
    'WAREHOUSE_NOT_DUCKDB',
  ],
  [/^IO Error: Could not read enough bytes/i, 'WAREHOUSE_NOT_DUCKDB'],
  [/^Serialization Error:/i, 'WAREHOUSE_NOT_DUCKDB'],
  [
    /^(IO|Permission) Error: .*(Permission denied|Read-only file system|Operation not permitted)/i,
    'WAREHOUSE_UNWRITABLE',
  ],
  [/^IO Error: .*(No such file or directory|Not a directory|Is a directory)/i, 'WAREHOUSE_UNWRITABLE'],
  [/attached in read-only mode/i, 'WAREHOUSE_UNWRITABLE'],
];

/** Classes whose messages repeat values of records, which belong in no log. */
const QUOTES_VALUES = new Set(['Conversion', 'Constraint', 'Invalid Input', 'Out of Range']);

/**
 * Turns an error of DuckDB into the connector's: one code, DuckDB's own words without the values of records.
 * Null where the error is not DuckDB's.
 */
export function classifyDuckDb(error: unknown): ConnectorError | null {
  const message = isErrorLike(error) ? error.message : '';
  const kind = CLASS.exec(message)?.[1];
  if (kind === undefined) return null;
  const code = MEANINGS.find(([pattern]) => pattern.test(message))?.[1] ?? 'WAREHOUSE_FAILED';
  const words = firstLine(message);
  const said = QUOTES_VALUES.has(kind) ? words.replaceAll(/"[^"]*"|'[^']*'/g, '…') : words;
  const pid = /\(PID (\d+)\)/.exec(message)?.[1];
  const details = { duckdb: kind, ...(pid === undefined ? {} : { pid: Number(pid) }) };
  return new ConnectorError(code, code === 'WAREHOUSE_BUSY' ? busy(words, pid) : said, {
    details,
    cause: error,
  });
}

function busy(words: string, pid: string | undefined): string {
  const file = /on file "([^"]*)"/.exec(words)?.[1] ?? 'The DuckDB file';
  const program = /held in (.+?) \(PID/.exec(words)?.[1];
  if (pid === undefined) return `${file} is open in another program`;
  return `${file} is open in another program: ${program ?? 'unknown'}, process ${pid}`;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
