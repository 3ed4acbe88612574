/** What the live view makes of the events of a real first load. */
import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { measureOf, secondsLeft } from '../../../src/report/live/measure.ts';
import { hear, NOTHING_HEARD, type LiveState } from '../../../src/report/live/state.ts';
import { openOffice } from '../../support/office.ts';

/** Whether a report has ended, or its months are known. */
function isKnown(name: string, { streams }: LiveState, totals: ReadonlyMap<string, number>): boolean {
  return totals.has(name) || (streams.get(name)?.ending ?? null) !== null;
}

/** Milliseconds that lie between two events, so that a time could be foretold from the first on. */
const STEP_MS = 4000;

describe('a first load in the live view', () => {
  it('has totals of months that neither shrink nor stand full before all is read, and no time left before they are known', async () => {
    await using office = await openOffice({ size: 'studio' });
    const { events, result } = await office.sync();
    expect(result).toMatchObject({ outcome: 'ok', failure: null });
    const reports = [...loadCatalog().streams.values()].filter(({ sync }) => sync === 'report');
    const totals = new Map<string, number>();
    let state = NOTHING_HEARD;
    let isForetold = false;
    for (const [index, event] of events.entries()) {
      state = hear(state, event, index * STEP_MS);
      for (const { name } of reports) {
        const stream = state.streams.get(name);
        if (stream === undefined || stream.ending !== null || stream.plan === null) continue;
        const { total } = measureOf(stream);
        if (total !== null) {
          expect(total).toBeGreaterThanOrEqual(totals.get(name) ?? 0);
          totals.set(name, total);
        }
      }
      const left = secondsLeft(state, index * STEP_MS);
      isForetold ||= left !== null;
      if (left !== null) expect(reports.filter(({ name }) => !isKnown(name, state, totals))).toEqual([]);
    }
    expect(totals.size).toBe(reports.length);
    expect(isForetold).toBe(true);
    // what was announced is what was read
    for (const { name } of reports) {
      const stream = state.streams.get(name);
      expect([name, stream?.lists]).toEqual([name, totals.get(name)]);
    }
  }, 120_000);
});
