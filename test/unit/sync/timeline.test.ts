import { describe, expect, it } from '@jest/globals';
import { Timeline } from '../../../src/sync/timeline.ts';
import { CLIENTS, FAILED, SKIPPED } from '../../cli/support/events.ts';

const BEGUN = Date.parse('2026-11-20T06:00:00Z');

/** A timeline with a clock that is set by hand, in seconds since the run began. */
function watched() {
  let seconds = 0;
  const timeline = new Timeline(() => new Date(BEGUN + seconds * 1000));
  const at = (second: number, ...events: readonly Parameters<Timeline['hear']>[0][]): void => {
    seconds = second;
    for (const event of events) timeline.hear(event);
  };
  return { timeline, at };
}

const asked = (stream: string | null) =>
  ({ event: 'request.sent', stream, bucket: 'general', url: '/v2/clients' }) as const;
const waited = (bucket: 'general' | 'reports', seconds: number) =>
  ({ event: 'rate.waited', bucket, seconds }) as const;

describe('the timeline of a run', () => {
  it('has a stream from its first request to its end', () => {
    const { timeline, at } = watched();
    at(1, { event: 'stream.started', stream: 'clients' }, asked(null));
    at(2, asked('clients'));
    at(3, asked('clients'), asked('invoice_messages'));
    at(4, { event: 'stream.finished', ...CLIENTS }, { event: 'stream.skipped', ...SKIPPED });
    at(9, { event: 'stream.failed', ...FAILED });
    const span = { startedAt: '2026-11-20T06:00:02.000Z', finishedAt: '2026-11-20T06:00:04.000Z' };
    expect(timeline.span('clients')).toEqual(span);
    expect(timeline.span('invoice_messages').finishedAt).toBe('2026-11-20T06:00:09.000Z');
    expect(timeline.span('estimates')).toEqual({ startedAt: null, finishedAt: null });
    expect(timeline.waits()).toEqual([]);
  });

  it('takes the waits of several requests at once for one, and those of the two limits apart', () => {
    const { timeline, at } = watched();
    at(10, waited('general', 4));
    at(11, waited('general', 4.5), waited('reports', 11));
    at(30, waited('general', 2));
    at(30.5, waited('general', 1));
    const seen = timeline.waits().map(({ bucket, started_at: start, seconds }) => [bucket, start, seconds]);
    expect(seen).toEqual([
      ['general', '2026-11-20T06:00:06.000Z', 5],
      ['general', '2026-11-20T06:00:28.000Z', 2.5],
      ['reports', '2026-11-20T06:00:00.000Z', 11],
    ]);
  });

  it('stays small however long the run, and keeps its ends', () => {
    const { timeline, at } = watched();
    for (let second = 10; second <= 50_000; second += 10) at(second, waited('reports', 3));
    const waits = timeline.waits();
    expect(waits.length).toBeLessThanOrEqual(100);
    expect(waits[0]?.started_at).toBe('2026-11-20T06:00:07.000Z');
    const last = waits.at(-1);
    expect(Date.parse(last?.started_at ?? '') + (last?.seconds ?? 0) * 1000).toBe(BEGUN + 50_000_000);
  });
});
