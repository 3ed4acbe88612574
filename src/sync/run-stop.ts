import { ConnectorError } from '../errors.ts';

/** Failures that make it pointless to go on with other streams. */
const FATAL = new Set([
  'HARVEST_UNAUTHORIZED',
  'HARVEST_ACCOUNT_UNKNOWN',
  'STATE_CONFLICT',
  'DISK_FULL',
  'INTERNAL',
]);

/**
 * Ends a run early: a signal, the time limit, a failure that concerns every stream, or the first failure under
 * --fail-fast. What is being committed is finished, nothing new is begun.
 */
export class RunStop implements Disposable {
  readonly #controller = new AbortController();
  readonly #failFast: boolean;
  readonly #outer: AbortSignal;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onOuter = (): void => this.#controller.abort(this.#outer.reason);
  #fatal: ConnectorError | null = null;
  #skipped: string | null = null;

  constructor(
    outer: AbortSignal,
    options: { readonly failFast: boolean; readonly timeoutMs: number | null },
  ) {
    this.#outer = outer;
    this.#failFast = options.failFast;
    const { timeoutMs } = options;
    if (outer.aborted) this.#onOuter();
    else outer.addEventListener('abort', this.#onOuter, { once: true });
    if (timeoutMs === null) return;
    this.#timer = setTimeout(() => {
      const seconds = Math.round(timeoutMs / 1000);
      this.#controller.abort(
        new ConnectorError('RUN_TIMEOUT', `The time limit of ${seconds} s was reached.`),
      );
    }, timeoutMs);
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why streams that have not begun, or were stopped half-way, count as skipped; null: they do not. */
  get skipped(): string | null {
    return this.#skipped;
  }

  /** The failure of the run as a whole, if there is one. */
  get failure(): ConnectorError | null {
    if (this.#fatal !== null) return this.#fatal;
    const reason: unknown = this.#controller.signal.aborted ? this.#controller.signal.reason : null;
    return reason instanceof ConnectorError && reason.kind === 'interrupted' && this.#skipped === null
      ? reason
      : null;
  }

  /** Takes note of a stream's failure. */
  after(error: ConnectorError, stream: string): void {
    if (this.#controller.signal.aborted) return;
    if (FATAL.has(error.code)) {
      this.#fatal = error;
      this.#controller.abort(error);
    } else if (this.#failFast) {
      this.#skipped = `stopped after the failure of ${stream} (--fail-fast)`;
      this.#controller.abort(new ConnectorError('RUN_INTERRUPTED', this.#skipped));
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#onOuter);
  }
}
