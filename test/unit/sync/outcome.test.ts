import { describe, expect, it } from '@jest/globals';
import type { ErrorCode } from '../../../src/error-codes.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { failureOf, type Failure, type StreamResult } from '../../../src/events.ts';
import { outcomeOf } from '../../../src/sync/outcome.ts';

const failure = (code: ErrorCode, details: Record<string, unknown> = {}): Failure =>
  failureOf(new ConnectorError(code, 'It failed.', { details }));

/** A stream that ended: `ok`, `skipped`, or failed with a code. */
function stream(end: 'ok' | 'skipped' | ErrorCode): StreamResult {
  const isFailed = end !== 'ok' && end !== 'skipped';
  return {
    stream: 'x',
    seconds: 0,
    cursor: null,
    reason: null,
    bytes_billed: 0,
    requests: 0,
    deleted: 0,
    fetched: 0,
    loaded: 0,
    inserted: 0,
    updated: 0,
    unchanged: 0,
    rejected: 0,
    skipped: 0,
    outcome: isFailed ? 'failed' : end,
    failure: isFailed ? failure(end) : null,
  };
}

type Ends = readonly Parameters<typeof stream>[0][];

describe('the end of a run', () => {
  it.each<[string, Ends, string, number]>([
    ['nothing to do', [], 'ok', 0],
    ['all well', ['ok', 'ok'], 'ok', 0],
    ['all skipped: modules that are off, what a role may not see', ['skipped', 'skipped'], 'ok', 0],
    ['some skipped', ['ok', 'skipped'], 'ok', 0],
    ['one failed, others are committed', ['ok', 'HARVEST_UNAVAILABLE'], 'partial', 5],
    ['a guard refused one beside others that went well', ['ok', 'REFRESH_SHRINKS'], 'partial', 5],
    [
      'several failed for one cause, others are committed',
      ['HARVEST_FORBIDDEN', 'ok', 'HARVEST_FORBIDDEN'],
      'partial',
      5,
    ],
    ['a guard refused the only one', ['REFRESH_SHRINKS'], 'failed', 8],
    ['all failed for one cause: auth', ['HARVEST_FORBIDDEN', 'HARVEST_FORBIDDEN'], 'failed', 4],
    ['all failed for one cause: temporary', ['HARVEST_UNAVAILABLE', 'HARVEST_UNAVAILABLE'], 'failed', 6],
    ['all failed for one cause: a bad record', ['RECORD_INVALID'], 'failed', 8],
    ['all failed for one cause, the rest was skipped', ['skipped', 'HARVEST_FORBIDDEN'], 'failed', 4],
    ['all failed for different causes', ['HARVEST_FORBIDDEN', 'HARVEST_UNAVAILABLE'], 'failed', 5],
    ['different causes of one kind are different', ['HARVEST_THROTTLED', 'HARVEST_UNAVAILABLE'], 'failed', 5],
  ])('%s', (_name, ends, outcome, exitCode) => {
    expect(
      outcomeOf(
        ends.map((end) => stream(end)),
        null,
      ),
    ).toEqual({ outcome, exitCode });
  });

  it.each<[string, Failure, Ends, string, number]>([
    ['a wrong token', failure('HARVEST_UNAUTHORIZED'), ['ok', 'HARVEST_UNAUTHORIZED'], 'failed', 4],
    ['a token that is not an administrator’s', failure('HARVEST_PARTIAL_VISIBILITY'), [], 'failed', 4],
    ['another run', failure('RUN_LOCKED'), [], 'failed', 7],
    ['a wrong word', failure('USAGE_UNKNOWN_STREAM'), [], 'failed', 2],
    ['a wrong configuration', failure('CONFIG_INVALID'), [], 'failed', 3],
    ['a defect', failure('INTERNAL'), ['ok', 'ok'], 'failed', 1],
    ['SIGINT', failure('RUN_INTERRUPTED', { exit_code: 130 }), ['ok', 'RUN_INTERRUPTED'], 'interrupted', 130],
    ['SIGTERM', failure('RUN_INTERRUPTED', { exit_code: 143 }), ['ok', 'ok'], 'interrupted', 143],
    ['the time limit', failure('RUN_TIMEOUT'), ['RUN_TIMEOUT'], 'interrupted', 130],
  ])('%s decides whatever the streams did', (_name, cause, ends, outcome, exitCode) => {
    expect(
      outcomeOf(
        ends.map((end) => stream(end)),
        cause,
      ),
    ).toEqual({ outcome, exitCode });
  });
});
