import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { failureText, mainFailure, summaryText } from '../../src/report/summary.ts';
import { expectGolden } from '../support/golden.ts';
import { PARTIAL_RUN, streamResult } from './support/events.ts';

describe('the closing table', () => {
  it('shows what changed, what failed and numbers that add up', () => {
    expectGolden(
      'test/golden/screens/sync-summary.txt',
      `${summaryText(PARTIAL_RUN, { width: 120, isVerbose: false })}\n`,
    );
  });

  it('shows every stream when verbose', () => {
    const text = summaryText(PARTIAL_RUN, { width: 120, isVerbose: true });
    for (const { stream } of PARTIAL_RUN.streams) expect(text).toContain(stream);
  });

  it('tells what was billed where anything was, by stream when verbose', () => {
    const streams = PARTIAL_RUN.streams.map((stream) =>
      stream.stream === 'time_entries' ? { ...stream, bytes_billed: 356_515_840 } : stream,
    );
    const run = { ...PARTIAL_RUN, warehouse: 'acme-data.harvest_acme', streams };
    expectGolden(
      'test/golden/screens/sync-summary-billed.txt',
      `${summaryText(run, { width: 120, isVerbose: true })}\n`,
    );
    const short = summaryText(run, { width: 120, isVerbose: false });
    expect(short).toContain(' · 357 MB billed · ');
    expect(short).not.toMatch(/^ +stream.*billed/m);
  });

  it.each([40, 60, 80])('stays within %s columns where it can', (width) => {
    const table = summaryText(PARTIAL_RUN, { width, isVerbose: true }).split('\n\n')[0] ?? '';
    const widest = Math.max(...table.split('\n').map((line) => Array.from(line).length));
    expect(widest).toBeLessThanOrEqual(width);
  });

  it.each([40, 80])('tells the 32 streams apart, %s columns wide', (width) => {
    const names = [...loadCatalog().streams.keys()];
    const streams = names.map((name) => streamResult(name, { fetched: 18_412, inserted: 18_412 }));
    const text = summaryText({ ...PARTIAL_RUN, streams }, { width, isVerbose: true });
    expectGolden(`test/golden/screens/sync-summary-${width}.txt`, `${text}\n`);
    const table = (text.split('\n\n')[0] ?? '').split('\n').slice(2);
    expect(new Set(table.map((line) => line.trim().split(' ')[0])).size).toBe(32);
    expect(table.filter((line) => !line.includes('  18 412  '))).toEqual([]);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it('repeats failures with their next step, and one that several streams share once', () => {
    const twice = {
      ...PARTIAL_RUN.streams.find(({ outcome }) => outcome === 'failed'),
      stream: 'invoice_payments',
    };
    const run = {
      ...PARTIAL_RUN,
      streams: [...PARTIAL_RUN.streams, streamResult('invoice_payments', twice)],
    };
    expectGolden('test/golden/screens/sync-failures.txt', `${failureText(run)}\n`);
  });

  it('names the failure of the run before those of its streams', () => {
    const failure = { code: 'RUN_LOCKED', kind: 'conflict', message: 'm', hint: 'h', exit_code: 7 } as const;
    expect(mainFailure({ ...PARTIAL_RUN, failure })).toBe(failure);
    expect(mainFailure(PARTIAL_RUN)).toMatchObject({
      stream: 'invoice_messages',
      code: 'HARVEST_UNAVAILABLE',
    });
    expect(mainFailure({ ...PARTIAL_RUN, streams: [] })).toBeNull();
  });
});
