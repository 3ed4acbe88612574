import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConnectorError } from '../../src/errors.ts';
import type { Level } from '../../src/report/event-text.ts';
import { plainPaint } from '../../src/report/paint.ts';
import { createReporter, type Reporter } from '../../src/report/reporter.ts';
import { PARTIAL_RUN, PARTIAL_SCRIPT } from './support/events.ts';
import { BEGUN, page } from './support/live-script.ts';
import { playScreen, type Shown } from './support/terminal-screen.ts';

const SHOW = '\u001b[?25h';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['performance'] });
});

afterEach(() => {
  jest.useRealTimers();
});

interface OnScreen {
  readonly reporter: Reporter;
  /** What was written, a piece for each time. */
  readonly pieces: string[];
  readonly size: { columns: number; rows: number };
}

async function open(level: Level = 'info', locale = 'C.UTF-8'): Promise<OnScreen> {
  const pieces: string[] = [];
  const size = { columns: 80, rows: 24 };
  const write = (text: string): void => {
    pieces.push(text);
  };
  const reporter = await createReporter({
    kind: 'live',
    level,
    progress: true,
    write,
    paint: plainPaint,
    runId: 'r-1',
    version: '0.1.0',
    env: { LANG: locale },
    terminal: { write, size: () => size },
  });
  return { reporter, pieces, size };
}

/** The screen of a terminal, which turns line feeds into new lines. */
function shown(pieces: readonly string[]): Shown {
  return playScreen(pieces.join('').replaceAll('\n', '\r\n'), 80);
}

describe('the live view', () => {
  it('is drawn at most ten times a second, however much happens', async () => {
    const { reporter, pieces } = await open('debug');
    reporter.emit(BEGUN[1]);
    const before = pieces.length;
    for (let ms = 0; ms < 2000; ms += 1) {
      for (const [, event] of page(0, 'clients', [1, 9], [3, 9])) reporter.emit(event);
      reporter.note(`remark ${ms}`);
      jest.advanceTimersByTime(1);
    }
    expect(pieces.length - before).toBeLessThanOrEqual(20);
    expect(pieces.length - before).toBeGreaterThan(10);
    reporter.close();
    const { lines } = shown(pieces);
    expect(lines.filter((line) => line.startsWith('remark '))).toHaveLength(2000);
  });

  it('says above what is out of the ordinary, in order, and leaves the rest to the table', async () => {
    const { reporter, pieces } = await open();
    for (const event of PARTIAL_SCRIPT) reporter.emit(event);
    const { lines, isCursorVisible } = shown(pieces);
    expect(isCursorVisible).toBe(true);
    const text = lines.join('\n');
    expect(text).toMatch(
      /^harvest-bq 0\.1\.0 · Acme GmbH \(123456\) → harvest_acme\.duckdb · run r-1\n\n {2}· /,
    );
    expect(text).toContain('! invoice_messages: HTTP 503, again in 1.5 s (attempt 1)');
    expect(text).toContain('✗ invoice_messages           HARVEST_UNAVAILABLE');
    expect(text).not.toMatch(/✓|waited|API/);
  });

  it('tells only what the level lets through', async () => {
    const { reporter, pieces } = await open('error');
    for (const event of PARTIAL_SCRIPT) reporter.emit(event);
    reporter.note('a remark');
    const { lines } = shown(pieces);
    expect(lines.map((line) => line.trim().slice(0, 18))).toEqual([
      '✗ invoice_messages',
      'times for GET /v2/',
    ]);
  });

  it('does not let a name drive the terminal, and spells it where there is no UTF-8', async () => {
    const { reporter, pieces } = await open('info', 'C');
    const account = 'Ünïted \u001b[2J\u001b]0;x\u0007 株式 \u202e(1)';
    reporter.emit({ ...BEGUN[1], account } as (typeof BEGUN)[1]);
    reporter.close();
    const { lines, unknown } = shown(pieces);
    expect(unknown).toEqual([]);
    expect(lines[0]).toMatch(
      /^harvest-bq 0\.1\.0 - United {2}\[2J \]0;x {2}\?\? {2}\(1\) -> harvest_acme\.duckdb/,
    );
  });

  it('gives the terminal to a question, and takes it back', async () => {
    const { reporter, pieces } = await open();
    reporter.emit(BEGUN[1]);
    const goOn = reporter.suspend?.();
    expect(pieces.at(-1)).toContain(SHOW);
    const before = pieces.length;
    jest.advanceTimersByTime(5000);
    expect(pieces).toHaveLength(before);
    pieces.push('Go on? [y/N] y\n');
    goOn?.();
    jest.advanceTimersByTime(500);
    expect(pieces.length).toBeGreaterThan(before + 3);
    reporter.close();
    expect(shown(pieces).lines.at(-1)).toBe('Go on? [y/N] y');
  });

  it('leaves no listener and no clock behind, and says nothing more', async () => {
    const events = ['exit', 'SIGTSTP', 'SIGCONT'] as const;
    const listeners = (): readonly number[] => events.map((event) => process.listenerCount(event));
    const before = listeners();
    const { reporter, pieces } = await open();
    reporter.emit(BEGUN[1]);
    expect(listeners()).not.toEqual(before);
    reporter.emit({ event: 'run.finished', ...PARTIAL_RUN });
    reporter.close();
    expect(listeners()).toEqual(before);
    expect(jest.getTimerCount()).toBe(0);
    const written = pieces.length;
    reporter.suspend?.()();
    jest.advanceTimersByTime(60_000);
    expect(pieces).toHaveLength(written);
  });

  it('gives the cursor back when the process exits without a word', async () => {
    const { reporter, pieces } = await open();
    const before = process.listeners('exit');
    reporter.emit(BEGUN[1]);
    const [own] = process.listeners('exit').filter((listener) => !before.includes(listener));
    own?.(1);
    expect(pieces.at(-1)).toContain(SHOW);
  });

  it('says a failure that ends the command below what it has left', async () => {
    const { reporter, pieces } = await open();
    reporter.emit(BEGUN[1]);
    reporter.close();
    reporter.failed(new ConnectorError('RUN_LOCKED', 'Another run is at work'));
    expect(shown(pieces).lines.slice(2, 5)).toEqual(['', 'RUN_LOCKED', '  Another run is at work']);
  });

  it('finds its first line again on a screen that has become narrower', async () => {
    const { reporter, pieces, size } = await open();
    reporter.emit(BEGUN[1]);
    for (const [, event] of page(0, 'time_entries', [1, 9], [2000, 18_000])) reporter.emit(event);
    jest.advanceTimersByTime(200);
    size.columns = 30;
    pieces.length = 0;
    jest.advanceTimersByTime(125);
    // three lines of 60 cells and more are now two or three each
    const [up = ''] = /\d+(?=A)/.exec(pieces[0] ?? '') ?? [];
    expect(Number(up)).toBeGreaterThan(5);
    reporter.close();
  });
});
