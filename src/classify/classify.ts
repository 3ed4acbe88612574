import type { ErrorCode } from '../error-codes.ts';
import { ConnectorError } from '../errors.ts';
import { classifyDuckDb } from './duckdb.ts';
import { codeOf, isErrorLike } from './error-like.ts';
import { classifyNetwork } from './http.ts';

/** What the caller was doing, where the error itself does not say. */
export interface ClassifyContext {
  /** The file or folder of the warehouse that was being opened or written: its errors are the warehouse's. */
  readonly warehousePath?: string;
  /** What was asked of Harvest, such as `GET /v2/clients`. */
  readonly request?: string;
}

/** Codes of the file system that mean one thing wherever they come from. */
const SYSTEM: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOSPC: ['DISK_FULL', 'There is no room left on the disk'],
  EDQUOT: ['DISK_FULL', 'The disk quota is used up'],
  EFBIG: ['DISK_FULL', 'A file reached the size limit set for this process'],
  EADDRINUSE: ['USAGE_PORT_IN_USE', 'The port is taken'],
};

/** Codes that say the warehouse cannot be written, if it was the warehouse. */
const UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission is refused',
  EPERM: 'permission is refused',
  EROFS: 'it is on a read-only file system',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'a file stands where a folder is needed',
  ELOOP: 'its path leads in a circle',
  ENAMETOOLONG: 'its path is too long',
};

/**
 * Turns anything that was thrown into the one error that crosses borders: a ConnectorError stays what it is, known
 * codes get theirs, an abort is RUN_INTERRUPTED, everything else is INTERNAL with its cause.
 */
export function classify(error: unknown, context: ClassifyContext = {}): ConnectorError {
  if (error instanceof ConnectorError) return error;
  return (
    fromSystem(error, context) ??
    classifyDuckDb(error) ??
    classifyNetwork(error, { what: context.request ?? 'a request' }) ??
    fromAbort(error) ??
    new ConnectorError('INTERNAL', textOf(error), { cause: error })
  );
}

function fromSystem(error: unknown, context: ClassifyContext): ConnectorError | null {
  const code = codeOf(error);
  const known = SYSTEM[code];
  if (known !== undefined) {
    return new ConnectorError(known[0], `${known[1]} (${textOf(error)})`, { cause: error });
  }
  const reason = UNWRITABLE[code];
  if (context.warehousePath === undefined || reason === undefined) return null;
  const message = `${context.warehousePath} cannot be written: ${reason} (${code})`;
  return new ConnectorError('WAREHOUSE_UNWRITABLE', message, { cause: error });
}

function fromAbort(error: unknown): ConnectorError | null {
  if (!isErrorLike(error) || error.name !== 'AbortError') return null;
  if (error.cause instanceof ConnectorError) return error.cause;
  return new ConnectorError('RUN_INTERRUPTED', 'The run was stopped.', { cause: error });
}

function textOf(error: unknown): string {
  if (isErrorLike(error)) return error.message === '' ? error.name : error.message;
  return typeof error === 'string' ? error : `A value that is not an error was thrown (${typeof error})`;
}
