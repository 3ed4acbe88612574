/**
 * What this program reads of a thrown error. Told by its shape: errors that Node.js makes are not always instances of
 * the Error at hand (worker threads, contexts of their own).
 */
export interface ErrorLike {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** Whether a thrown value is an error by its shape. */
export function isErrorLike(value: unknown): value is ErrorLike {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'name' in value &&
    typeof value.name === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  );
}

/** The code of an error, such as ENOSPC; empty if it has none that is text. */
export function codeOf(error: unknown): string {
  return isErrorLike(error) && typeof error.code === 'string' ? error.code : '';
}

/** The system call that failed, such as `write`; empty if the error does not tell. */
export function syscallOf(error: unknown): string {
  return isErrorLike(error) && 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : '';
}
