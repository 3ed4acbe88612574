import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ErrorCode } from '../../../src/error-codes.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { RunStop } from '../../../src/sync/run-stop.ts';

const failed = (code: ErrorCode): ConnectorError => new ConnectorError(code, 'It failed.');
const signalled = (): ConnectorError =>
  new ConnectorError('RUN_INTERRUPTED', 'Stopped by SIGTERM.', { details: { exit_code: 143 } });
const never = new AbortController().signal;
const PATIENT = { failFast: false, timeoutMs: null };
const FAIL_FAST = { failFast: true, timeoutMs: null };

describe('a failure of one stream', () => {
  it.each<ErrorCode>([
    'HARVEST_FORBIDDEN',
    'HARVEST_NOT_FOUND',
    'HARVEST_REFUSED',
    'HARVEST_UNAVAILABLE',
    'HARVEST_THROTTLED',
    'RECORD_INVALID',
    'REFRESH_SHRINKS',
    'PAGES_LOOP',
    'PAGES_UNSETTLED',
  ])('lets the others go on: %s', (code) => {
    using stop = new RunStop(never, PATIENT);
    stop.after(failed(code), 'users');
    expect([stop.signal.aborted, stop.failure, stop.skipped]).toEqual([false, null, null]);
  });

  it.each<ErrorCode>([
    'HARVEST_UNAUTHORIZED',
    'HARVEST_ACCOUNT_UNKNOWN',
    'STATE_CONFLICT',
    'DISK_FULL',
    'INTERNAL',
  ])('stops the run where it concerns all of them: %s', (code) => {
    using stop = new RunStop(never, PATIENT);
    const first = failed(code);
    stop.after(first, 'users');
    stop.after(failed('DISK_FULL'), 'tasks');
    expect(stop.signal.aborted).toBe(true);
    expect([stop.failure, stop.skipped]).toEqual([first, null]);
  });

  it('stops the run under --fail-fast, in which the rest is skipped and the run itself did not fail', () => {
    using stop = new RunStop(never, FAIL_FAST);
    stop.after(failed('HARVEST_FORBIDDEN'), 'users');
    stop.after(failed('RUN_INTERRUPTED'), 'tasks');
    expect([stop.signal.aborted, stop.failure]).toEqual([true, null]);
    expect(stop.skipped).toBe('stopped after the failure of users (--fail-fast)');
  });

  it('fails the run under --fail-fast too, where it concerns all streams', () => {
    using stop = new RunStop(never, FAIL_FAST);
    const first = failed('HARVEST_UNAUTHORIZED');
    stop.after(first, 'users');
    expect([stop.failure, stop.skipped]).toEqual([first, null]);
  });
});

describe('a signal', () => {
  it('stops the run with its own error, whatever streams say afterwards', () => {
    const outer = new AbortController();
    using stop = new RunStop(outer.signal, FAIL_FAST);
    expect(stop.signal.aborted).toBe(false);
    const reason = signalled();
    outer.abort(reason);
    stop.after(failed('INTERNAL'), 'users');
    expect([stop.signal.aborted, stop.signal.reason]).toEqual([true, reason]);
    expect([stop.failure, stop.failure?.exitCode, stop.skipped]).toEqual([reason, 143, null]);
  });

  it('stops a run that has not begun yet', () => {
    using stop = new RunStop(AbortSignal.abort(signalled()), PATIENT);
    expect([stop.signal.aborted, stop.failure?.exitCode]).toEqual([true, 143]);
  });

  it('does not hide the failure that had stopped the run before', () => {
    const outer = new AbortController();
    using stop = new RunStop(outer.signal, PATIENT);
    const first = failed('HARVEST_UNAUTHORIZED');
    stop.after(first, 'users');
    outer.abort(signalled());
    expect(stop.failure).toBe(first);
  });

  it('is not listened to any more after the run', () => {
    const outer = new AbortController();
    const stop = new RunStop(outer.signal, PATIENT);
    stop[Symbol.dispose]();
    outer.abort(signalled());
    expect(stop.signal.aborted).toBe(false);
  });
});

describe('the time limit', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('stops the run when it is reached and not before', () => {
    using stop = new RunStop(never, { failFast: false, timeoutMs: 90_000 });
    jest.advanceTimersByTime(89_999);
    expect([stop.signal.aborted, stop.failure]).toEqual([false, null]);
    jest.advanceTimersByTime(1);
    expect(stop.signal.aborted).toBe(true);
    expect(stop.failure).toMatchObject({
      code: 'RUN_TIMEOUT',
      message: 'The time limit of 90 s was reached.',
    });
    expect(stop.failure?.exitCode).toBe(130);
  });

  it('changes nothing after a failure that stopped the run', () => {
    using stop = new RunStop(never, { failFast: true, timeoutMs: 1000 });
    stop.after(failed('HARVEST_FORBIDDEN'), 'users');
    jest.advanceTimersByTime(5000);
    expect([stop.failure, stop.skipped]).toEqual([null, 'stopped after the failure of users (--fail-fast)']);
  });

  it('leaves no timer behind after the run, and sets none without a limit', () => {
    const stop = new RunStop(never, { failFast: false, timeoutMs: 1000 });
    stop[Symbol.dispose]();
    jest.advanceTimersByTime(5000);
    expect(stop.signal.aborted).toBe(false);
    using unlimited = new RunStop(never, PATIENT);
    expect([jest.getTimerCount(), unlimited.signal.aborted]).toEqual([0, false]);
  });
});
