import { setTimeout as delay } from 'node:timers/promises';
import { ConnectorError } from '../errors.ts';

/** The error that an aborted signal stands for: its reason if that is one of ours, else RUN_INTERRUPTED. */
export function interruption(signal: AbortSignal): ConnectorError {
  const reason: unknown = signal.reason;
  if (reason instanceof ConnectorError) return reason;
  return new ConnectorError('RUN_INTERRUPTED', 'The run was stopped.', { cause: reason });
}

/**
 * Waits, in milliseconds, and no longer than until the signal aborts.
 * @throws ConnectorError RUN_INTERRUPTED, or the signal's own reason
 */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    throw interruption(signal);
  }
}

/**
 * Waits for work that several callers share without being bound to its end: the signal lets this caller go.
 * @throws ConnectorError RUN_INTERRUPTED, or the signal's own reason
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(interruption(signal));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
