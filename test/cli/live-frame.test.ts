import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { cellsOf, cutCells, cutMiddle, padCells } from '../../src/report/live/cells.ts';
import { charsetOf, spell } from '../../src/report/live/charset.ts';
import { frame, type View } from '../../src/report/live/frame.ts';
import { cellsOfLine, paintLine, wrapText } from '../../src/report/live/line.ts';
import { secondsLeft } from '../../src/report/live/measure.ts';
import { plainPaint, type Paint } from '../../src/report/paint.ts';
import { expectGolden } from '../support/golden.ts';
import {
  BACKFILL,
  BEGUN,
  FIRST_LOAD,
  page,
  stateAfter,
  START_MS,
  VERIFICATION,
  type Told,
} from './support/live-script.ts';
import type { SyncEvent } from '../../src/events.ts';
import type { LiveState } from '../../src/report/live/state.ts';

const VIEW: View = { columns: 80, rows: 24, charset: 'utf8', nowMs: START_MS + 19_000 };

/** A picture with its edges drawn, so that its width can be seen in a file. */
function picture(state: LiveState, view: Partial<View> = {}, paint: Paint = plainPaint): string {
  const whole = { ...VIEW, ...view };
  return frame(state, whole)
    .map((line) => `${paintLine(line, paint)}\n`)
    .join('');
}

const COLOURED: Paint = (colour, text) => `<${colour}>${text}</>`;

describe('the picture of a run', () => {
  const state = stateAfter(FIRST_LOAD);

  it.each([40, 80, 200])('of a first load, %s columns wide', (columns) => {
    expectGolden(`test/golden/screens/live-sync-${columns}.txt`, picture(state, { columns }));
  });

  it('on a terminal without UTF-8', () => {
    const text = picture(state, { charset: 'ascii' });
    expectGolden('test/golden/screens/live-sync-ascii.txt', text);
    expect(text).toMatch(/^[\u0020-\u007e\n]*$/);
  });

  it('with colours is the one without them, in colours', () => {
    const coloured = picture(state, {}, COLOURED);
    expectGolden('test/golden/screens/live-sync-colours.txt', coloured);
    expect(coloured.replace(/<\w+>|<\/>/g, '')).toBe(picture(state));
  });

  it.each([40, 80])('tells the 32 streams apart with their amounts, %s columns wide', (columns) => {
    const names = [...loadCatalog().streams.keys()];
    const busy = names.flatMap((name, index) => page(100 + index, name, [1, 64], [2000, 128_412]));
    const text = picture(stateAfter([BEGUN, ...busy]), { columns, rows: 60, nowMs: START_MS + 400 });
    expectGolden(`test/golden/screens/live-streams-${columns}.txt`, text);
    const lines = text.split('\n').filter((line) => line.includes(' / '));
    expect(lines.filter((line) => line.includes('  2 000 / 128 412'))).toHaveLength(32);
    expect(new Set(lines.map((line) => line.trim().split(/ +/)[1])).size).toBe(32);
  });

  it('of a backfill tells slices', () => {
    expectGolden('test/golden/screens/live-backfill.txt', picture(stateAfter(BACKFILL)));
  });

  it('of a verification tells what is compared', () => {
    const view = { nowMs: START_MS + 1200 };
    expectGolden('test/golden/screens/live-verify.txt', picture(stateAfter(VERIFICATION), view));
  });

  it('never is wider than the screen or as high, whatever its size and the charset', () => {
    for (const script of [FIRST_LOAD, BACKFILL, VERIFICATION, [BEGUN]]) {
      const told = stateAfter(script);
      for (let columns = 12; columns <= 220; columns += 1) {
        for (const [rows, charset] of [
          [3, 'utf8'],
          [6, 'ascii'],
          [10, 'utf8'],
          [60, 'utf8'],
        ] as const) {
          const lines = frame(told, { ...VIEW, columns, rows, charset });
          expect(Math.max(...lines.map(cellsOfLine))).toBeLessThan(columns);
          if (columns >= 40) expect(lines.length).toBeLessThan(Math.max(rows, 5));
        }
      }
    }
  });

  it('leaves out what a low screen has no room for, and says how much', () => {
    const many = stateAfter([
      BEGUN,
      ...Array.from({ length: 20 }, (_, index) =>
        page(100, `stream_${index}`, [1, 9], [2000, 18_000]),
      ).flat(),
    ]);
    const lines = picture(many, { rows: 12 }).trimEnd().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines.at(-3)).toBe('  · 12 more, 12 waiting');
  });
});

describe('the time that is left', () => {
  it('is not foretold too early, nor where nothing is known to be left', () => {
    expect(secondsLeft(stateAfter(FIRST_LOAD), START_MS + 1000)).toBeNull();
    expect(secondsLeft(stateAfter([BEGUN]), START_MS + 60_000)).toBeNull();
  });

  // 32 months are left, the first of 100 went out 3.01 s after the start, and the window is 900 s long
  const alone = FIRST_LOAD.filter(([, event]) => 'stream' in event && event.stream === 'time_team');
  const begun = (streams: number): Told => [
    0,
    { ...(BEGUN[1] as Extract<SyncEvent, { event: 'run.started' }>), streams },
  ];

  it('is what the limit takes where that is slower than the requests so far', () => {
    const left = secondsLeft(stateAfter([begun(1), ...alone]), START_MS + 19_000);
    expect(left).toBeCloseTo(3.01 + 31 * 0.07 + 900 - 19, 1);
  });

  it('is not foretold while a stream has neither ended nor told how much it reads', () => {
    const state = stateAfter([begun(2), ...alone]);
    expect(secondsLeft(state, START_MS + 19_000)).toBeNull();
    const listed = stateAfter(page(18_000, 'clients', [1, 2], [2000, 3000]), state);
    expect(secondsLeft(listed, START_MS + 19_000)).not.toBeNull();
  });

  it('and a total of months stay away until all months are known', () => {
    const plan = { event: 'work.planned', stream: 'time_team', unit: 'months' } as const;
    const script: readonly Told[] = [
      begun(1),
      [10, { ...plan, count: 1, requests: 1, more: true }],
      ...page(20, 'time_team', [1, 1], [40, 40], 'reports'),
    ];
    const early = stateAfter(script);
    expect(secondsLeft(early, START_MS + 5000)).toBeNull();
    expect(picture(early, { nowMs: START_MS + 500 })).toMatch(/time_team {2}1 month {2}40 rows/);
    const known = stateAfter([[4000, { ...plan, count: 48, requests: 48 }]], early);
    expect(picture(known, { nowMs: START_MS + 4100 })).toContain('1 / 49 months');
    expect(secondsLeft(known, START_MS + 5000)).not.toBeNull();
  });

  it('is what the rhythm of the newest requests says where no limit is near', () => {
    const left = secondsLeft(stateAfter(BACKFILL), START_MS + 18_200);
    expect(left).toBeCloseTo(32 * 0.45, 1);
  });
});

describe('text on a terminal', () => {
  it.each([
    ['Acme', 4],
    ['株式会社', 8],
    ['Müller', 6],
    ['Mu\u0308ller', 6],
    ['🧑‍🌾', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['한국', 4],
    ['ＡＢ', 4],
    ['✓ ━ ‖ ·', 7],
    ['', 0],
  ])('%s takes %s cells', (text, cells) => {
    expect(cellsOf(text)).toBe(cells);
  });

  it('is cut between signs, never within one', () => {
    expect(cutCells('株式会社', 8)).toBe('株式会社');
    expect(cutCells('株式会社', 6)).toBe('株式…');
    expect(cutCells('🧑‍🌾🧑‍🌾🧑‍🌾', 5)).toBe('🧑‍🌾🧑‍🌾…');
    expect(padCells('株', 4, 'right')).toBe('  株');
    expect(cutMiddle('estimate_item_categories', 18)).toBe('estimate_ite…ories');
    expect(cutMiddle('株式会社アクメ', 8)).toBe('株式…メ');
    expect(cutMiddle('roles', 5)).toBe('roles');
    const names = [...loadCatalog().streams.keys()];
    for (let width = 13; width <= 24; width += 1) {
      expect(new Set(names.map((name) => cutMiddle(name, width))).size).toBe(32);
    }
  });

  it('is broken between words, colours not counted', () => {
    expect(wrapText('  \u001b[33m!\u001b[39m time_entries: HTTP 503, again in 1.5 s', 24)).toEqual([
      '  \u001b[33m!\u001b[39m time_entries: HTTP',
      '    503, again in 1.5 s',
    ]);
    expect(wrapText('株式会社 株式会社', 10)).toEqual(['株式会社', '    株式会社']);
  });

  it.each([
    [{ LANG: 'de_DE.UTF-8' }, 'utf8'],
    [{ LANG: 'C.utf8' }, 'utf8'],
    [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, 'ascii'],
    [{ LC_ALL: '', LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }, 'utf8'],
    [{ LANG: 'de_DE.ISO-8859-1' }, 'ascii'],
    [{}, 'ascii'],
  ] as const)('under %p is %s', (env, charset) => {
    expect(charsetOf(env, 'linux')).toBe(charset);
  });

  it('is spelled in the letters that are there', () => {
    expect(spell('Müller & Söhne → acme · 3 × 株…', 'ascii')).toBe('Muller & Sohne -> acme - 3 x ?...');
  });
});
