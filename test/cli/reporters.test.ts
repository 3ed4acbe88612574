import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConnectorError } from '../../src/errors.ts';
import type { Level } from '../../src/report/event-text.ts';
import { createJsonlSink } from '../../src/report/jsonl.ts';
import { plainPaint } from '../../src/report/paint.ts';
import { chooseKind, createReporter, type Reporter } from '../../src/report/reporter.ts';
import { guardRun } from '../../src/report/run-guard.ts';
import type { SyncEvent } from '../../src/events.ts';
import { expectGolden } from '../support/golden.ts';
import { PARTIAL_RUN, PARTIAL_SCRIPT, streamResult } from './support/events.ts';

interface Told {
  readonly reporter: Reporter;
  readonly text: () => string;
}

async function open(kind: 'plain' | 'json', level: Level = 'info', progress = true): Promise<Told> {
  const pieces: string[] = [];
  const reporter = await createReporter({
    kind,
    level,
    progress,
    write: (text) => pieces.push(text),
    paint: plainPaint,
    runId: PARTIAL_RUN.run_id,
    version: '0.1.0',
  });
  return { reporter, text: () => pieces.join('') };
}

async function play(kind: 'plain' | 'json', level?: Level, progress?: boolean): Promise<string> {
  const { reporter, text } = await open(kind, level, progress);
  for (const event of PARTIAL_SCRIPT) reporter.emit(event);
  reporter.close();
  return text();
}

function parseLines(text: string): readonly Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('plain lines', () => {
  it('tell a run as a heading, a line per stream and what is worth knowing', async () => {
    expectGolden('test/golden/screens/sync-progress.txt', await play('plain'));
  });

  it('tell every request and page at level debug', async () => {
    expectGolden('test/golden/screens/sync-progress-debug.txt', await play('plain', 'debug'));
  });

  it('tell only warnings and errors without progress', async () => {
    expectGolden('test/golden/screens/sync-progress-none.txt', await play('plain', 'info', false));
  });

  it('tell only what failed when quiet', async () => {
    expect(await play('plain', 'error', false)).toBe(
      '  ✗ invoice_messages           HARVEST_UNAVAILABLE  Harvest answered 503 five times for GET /v2/invoices/8831/messages\n',
    );
  });
});

describe('JSON lines', () => {
  it('carry severity, time, message, run and stream under the names that log collectors read', async () => {
    const lines = parseLines(await play('json'));
    const failed = lines.find((line) => line['event'] === 'stream.failed');
    expect(failed).toMatchObject({
      severity: 'ERROR',
      run_id: PARTIAL_RUN.run_id,
      stream: 'invoice_messages',
      code: 'HARVEST_UNAVAILABLE',
      message: 'invoice_messages: Harvest answered 503 five times for GET /v2/invoices/8831/messages',
    });
    expect(String(failed?.['time'])).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(lines.find((line) => line['event'] === 'rate.waited')).toMatchObject({ severity: 'WARNING' });
  });

  it('end with exactly one run.finished, flat and with its exit code', async () => {
    const lines = parseLines(await play('json'));
    expect(lines.filter((line) => line['event'] === 'run.finished')).toHaveLength(1);
    expect(lines.at(-1)).toMatchObject({
      severity: 'ERROR',
      event: 'run.finished',
      outcome: 'partial',
      exit_code: 5,
      ok: 3,
      failed: 1,
      rows: 18_505,
      rejected: 2,
    });
    expect(lines.at(-1)).not.toHaveProperty('streams');
  });

  it('are few: one per stream, the start, the end, and what is out of the ordinary', async () => {
    const events = parseLines(await play('json')).map((line) => line['event']);
    expect(events).not.toContain('page.fetched');
    expect(events).not.toContain('request.sent');
    expect(events.filter((event) => String(event).startsWith('stream.'))).toHaveLength(5);
  });

  it('tell the end of a run even without progress', async () => {
    const events = parseLines(await play('json', 'info', false)).map((line) => line['event']);
    expect(events.at(-1)).toBe('run.finished');
    expect(events).not.toContain('stream.finished');
  });

  it('tell a failure that no event has told, with its next step', async () => {
    const { reporter, text } = await open('json');
    reporter.failed(new ConnectorError('CONFIG_INVALID', '2 problems'));
    expect(parseLines(text())).toEqual([
      expect.objectContaining({
        severity: 'ERROR',
        code: 'CONFIG_INVALID',
        exit_code: 3,
        message: '2 problems',
      }),
    ]);
  });
});

describe('waits that overlap', () => {
  const waited = (bucket: 'general' | 'reports', seconds: number): SyncEvent => ({
    event: 'rate.waited',
    bucket,
    seconds,
  });

  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each(['plain', 'json'] as const)('are one in %s lines', async (kind) => {
    const { reporter, text } = await open(kind);
    for (let request = 0; request < 8; request += 1) {
      reporter.emit(waited('reports', 840));
      reporter.emit({ event: 'request.sent', stream: 'time_team', bucket: 'reports', url: '/v2/reports' });
      jest.advanceTimersByTime(100);
    }
    jest.advanceTimersByTime(900_000);
    reporter.emit(waited('reports', 890));
    reporter.close();
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("waited 14 min 01 s for Harvest's report limit");
    expect(lines[1]).toContain("waited 14 min 50 s for Harvest's report limit");
  });

  it('are told before the end of a run, and as no alarm where many requests share the general limit', async () => {
    const { reporter, text } = await open('json');
    for (let request = 0; request < 20; request += 1) {
      reporter.emit(waited('general', 4));
      jest.advanceTimersByTime(3000);
    }
    const end = PARTIAL_SCRIPT.at(-1);
    if (end !== undefined) reporter.emit(end);
    const lines = parseLines(text());
    expect(lines).toMatchObject([
      { event: 'rate.waited', seconds: 61, severity: 'INFO' },
      { event: 'run.finished' },
    ]);
  });
});

describe('the heartbeat', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('breaks 30 seconds of silence, and only silence', async () => {
    const { reporter, text } = await open('plain');
    for (const event of PARTIAL_SCRIPT.slice(0, 1)) reporter.emit(event);
    reporter.emit({ event: 'stream.started', stream: 'time_entries' });
    jest.advanceTimersByTime(20_000);
    reporter.emit({ event: 'stream.finished', ...streamResult('clients') });
    jest.advanceTimersByTime(20_000);
    expect(text()).not.toContain('…');
    reporter.emit({
      event: 'page.fetched',
      stream: 'time_entries',
      page: 6,
      total_pages: 10,
      rows: 12_000,
      total_rows: 18_412,
      ms: 9,
    });
    jest.advanceTimersByTime(30_000);
    expect(text()).toContain('… 0:50 · 1 of 5 streams · 12 000 rows · 0 requests · time_entries page 6/10');
    reporter.close();
  });

  it.each(['plain', 'json'] as const)('says what reports wait for, in %s lines', async (kind) => {
    const { reporter, text } = await open(kind);
    const [begun] = PARTIAL_SCRIPT;
    if (begun?.event !== 'run.started') throw new Error('the script begins otherwise');
    reporter.emit({ ...begun, limits: { general: 100, reports: 2 } });
    reporter.emit({ event: 'stream.started', stream: 'time_team', bucket: 'reports' });
    for (const month of [1, 2]) {
      const url = `/v2/reports/time/team?from=20200${month}01`;
      reporter.emit({ event: 'request.sent', stream: 'time_team', bucket: 'reports', url });
    }
    // waits for the other limit are told meanwhile, and hide nothing
    for (let index = 0; index < 28; index += 1) {
      jest.advanceTimersByTime(15_000);
      reporter.emit({ event: 'rate.waited', bucket: 'general', seconds: 14 });
      reporter.emit({ event: 'request.sent', stream: 'clients', bucket: 'general', url: '/v2/clients' });
    }
    jest.advanceTimersByTime(5000);
    expect(text()).toMatch(/7:00 · .* · waiting 8:00 for Harvest's report limit/);
    reporter.close();
  });

  it('falls silent when the run has ended', async () => {
    const { reporter, text } = await open('json');
    for (const event of PARTIAL_SCRIPT) reporter.emit(event);
    const before = text();
    jest.advanceTimersByTime(300_000);
    expect(text()).toBe(before);
  });
});

describe('the choice of a reporter', () => {
  it.each([
    ['auto', 'auto', true, true, true, 'live'],
    ['auto', 'auto', true, false, true, 'plain'],
    ['auto', 'plain', true, true, true, 'plain'],
    ['auto', 'none', true, true, true, 'plain'],
    ['auto', 'live', true, false, false, 'live'],
    ['pretty', 'auto', true, true, true, 'live'],
    ['auto', 'auto', false, true, true, 'json'],
    ['auto', 'live', false, true, true, 'json'],
    ['auto', 'live', false, true, false, 'plain'],
    ['auto', 'auto', false, true, false, 'plain'],
    ['json', 'live', true, true, false, 'json'],
    ['pretty', 'auto', false, true, true, 'plain'],
  ] as const)(
    'format %s, progress %s, terminal %s, drawable %s, collected %s: %s',
    (format, progress, isTerminal, isDrawable, isCollected, kind) => {
      expect(chooseKind({ format, progress, isTerminal, isDrawable, isCollected })).toBe(kind);
    },
  );
});

describe('events as JSON lines on stdout', () => {
  it('are the events as they are, with time and run', () => {
    const pieces: string[] = [];
    const emit = createJsonlSink(
      (text) => pieces.push(text),
      'r1',
      () => new Date('2026-11-20T06:00:00Z'),
    );
    for (const event of PARTIAL_SCRIPT) emit(event);
    const lines = parseLines(pieces.join(''));
    expect(lines).toHaveLength(PARTIAL_SCRIPT.length);
    expect(lines[0]).toMatchObject({ time: '2026-11-20T06:00:00.000Z', run_id: 'r1', event: 'run.started' });
    expect(lines.at(-1)).toMatchObject({ event: 'run.finished', exit_code: 5 });
  });
});

describe('the end of a run', () => {
  const facts = { runId: 'r1', command: 'sync', startedAt: new Date('2026-11-20T06:00:00Z') };
  const error = new ConnectorError('RUN_INTERRUPTED', 'Stopped by SIGTERM.', { details: { exit_code: 143 } });
  const guarded = (script: readonly SyncEvent[]): readonly SyncEvent[] => {
    const seen: SyncEvent[] = [];
    const guard = guardRun(
      facts,
      (event) => seen.push(event),
      () => new Date('2026-11-20T06:01:00Z'),
    );
    for (const event of script) guard.emit(event);
    guard.finish(error);
    guard.finish(error);
    return seen.filter(({ event }) => event === 'run.finished');
  };

  it('is told once when the run tells it itself', () => {
    expect(guarded(PARTIAL_SCRIPT)).toMatchObject([{ outcome: 'partial' }]);
  });

  it('is told once for a run that cannot tell it any more', () => {
    expect(guarded(PARTIAL_SCRIPT.slice(0, 4))).toMatchObject([
      { outcome: 'interrupted', exit_code: 143, seconds: 60, failure: { code: 'RUN_INTERRUPTED' } },
    ]);
  });

  it('is not told for a run that never began', () => {
    expect(guarded([])).toEqual([]);
  });
});
