import { describe, expect, it } from '@jest/globals';
import type { SyncEvent } from '../../../src/events.ts';
import { Tally } from '../../../src/sync/tally.ts';

const sent = (stream: string | null): SyncEvent => ({
  event: 'request.sent',
  stream,
  bucket: 'general',
  url: '/v2/users',
});
const retried: SyncEvent = {
  event: 'request.retried',
  stream: 'users',
  attempt: 1,
  status: 503,
  code: 'HARVEST_UNAVAILABLE',
  seconds: 1,
};
const NOTHING = {
  fetched: 0,
  loaded: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  skipped: 0,
  deleted: 0,
  requests: 0,
};

describe('Tally', () => {
  it('begins with nothing', () => {
    const tally = new Tally();
    expect([tally.counts('users'), tally.totals(), tally.retried]).toEqual([NOTHING, NOTHING, 0]);
  });

  it('counts what is loaded as inserted, updated and unchanged together', () => {
    const tally = new Tally();
    Object.assign(tally.of('users'), {
      fetched: 12,
      inserted: 5,
      updated: 2,
      unchanged: 1,
      rejected: 3,
      skipped: 1,
      deleted: 4,
      bytesBilled: 99,
    });
    const counts = tally.counts('users');
    expect(counts).toEqual({
      fetched: 12,
      loaded: 8,
      inserted: 5,
      updated: 2,
      unchanged: 1,
      rejected: 3,
      skipped: 1,
      deleted: 4,
      requests: 0,
    });
    expect(counts.fetched).toBe(counts.loaded + counts.rejected + counts.skipped);
  });

  it('keeps streams apart and adds them up', () => {
    const tally = new Tally();
    tally.of('users').inserted += 2;
    tally.of('tasks').inserted += 3;
    tally.of('tasks').deleted += 1;
    expect([tally.counts('users').loaded, tally.counts('tasks').loaded]).toEqual([2, 3]);
    expect(tally.totals()).toEqual({ ...NOTHING, inserted: 5, loaded: 5, deleted: 1 });
  });

  it('counts requests when they are sent, those of no stream in the total only', () => {
    const tally = new Tally();
    for (const event of [sent(null), sent('users'), sent('users'), sent('tasks'), retried]) tally.hear(event);
    expect([tally.counts('users').requests, tally.counts('tasks').requests]).toEqual([2, 1]);
    expect([tally.totals().requests, tally.retried]).toEqual([4, 1]);
  });

  it('gives counts that do not change any more', () => {
    const tally = new Tally();
    const before = tally.counts('users');
    tally.of('users').fetched += 1;
    expect(before).toEqual(NOTHING);
  });
});
