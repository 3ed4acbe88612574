import { ERROR_TABLE, type ErrorCode } from './error-codes.ts';
import { EXIT_CODES, type ErrorKind } from './error-kinds.ts';

/** What a call site may say about a failure beyond its code and message. */
export interface ErrorOptions {
  /** A next step that is more exact than the table's. */
  readonly hint?: string;
  /** The stream that failed. */
  readonly stream?: string;
  /** Facts for machines; JSON-safe, never a secret or a value of a record. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The only error that crosses a folder's border. `code` is stable and searchable, `message` says what happened
 * with names, `hint` what to do. Whether to retry and the exit code follow from `kind`.
 */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string;
  readonly stream: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const spec = ERROR_TABLE[code];
    this.code = code;
    this.kind = spec.kind;
    this.hint = options.hint ?? spec.hint;
    this.stream = options.stream;
    this.details = options.details ?? {};
  }

  /** The process's exit code if this error alone ends the run. SIGTERM carries its own in `details.exit_code`. */
  get exitCode(): number {
    const own = this.details['exit_code'];
    return typeof own === 'number' ? own : EXIT_CODES[this.kind];
  }

  /** The same error, said of a stream. */
  of(stream: string): ConnectorError {
    if (this.stream !== undefined) return this;
    const said = new ConnectorError(this.code, this.message, {
      hint: this.hint,
      stream,
      details: this.details,
      cause: this.cause,
    });
    if (this.stack !== undefined) said.stack = this.stack;
    return said;
  }
}
