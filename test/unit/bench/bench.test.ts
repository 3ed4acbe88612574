import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { PARTS } from '../../bench/parts.ts';
import { countOf, sumsOf } from '../../bench/support/counts.ts';
import { CONFIGURED, earliestSeconds, limitSeconds, mostPages } from '../../bench/support/limit.ts';
import { atLeast, atMost, median, noted, skipped, type PartResult } from '../../bench/support/result.ts';
import { hottest } from '../../bench/support/profile.ts';
import { markdownOf, replaceMarked, screenOf, summaryOf } from '../../bench/support/text.ts';
import { endpointOf } from '../../support/requests-of.ts';

describe('the limit that a run is held against', () => {
  it('lets the first window go at once, and the next when the window is over', () => {
    const seconds = [0, 1, 90, 91, 180, 181].map((requests) => earliestSeconds(requests, CONFIGURED.general));
    expect(seconds).toEqual([0, 0, 0, 15, 15, 30]);
  });

  it('is that of the bucket which takes longest; reports count against both', () => {
    const sums = { all: 0, refused: 0 };
    expect(limitSeconds({ ...sums, general: 500, reports: 90 }, 0.2)).toBeCloseTo(90.2);
    expect(limitSeconds({ ...sums, general: 500, reports: 91 }, 1)).toBe(901);
    expect(limitSeconds({ ...sums, general: 50, reports: 41 }, 0)).toBe(15);
  });

  it('allows a list a twentieth more than its full pages, and a few', () => {
    expect([mostPages(1_000_000, 10), mostPages(1, 3)]).toEqual([535, 4]);
  });
});

describe('requests', () => {
  const routes = {
    'GET /v2/clients': { '200': 3, '429': 1 },
    'GET /v2/reports/time/clients': { '200': 5 },
    'GET /v2/time_entries': { '200': 7, '0': 1 },
  };

  it('are summed up by what they count against', () => {
    expect(sumsOf(routes)).toEqual({ all: 17, general: 11, reports: 5, refused: 1 });
    expect([countOf(routes, '/v2/time_entries'), countOf(routes, '/v2/users')]).toEqual([8, 0]);
  });

  it('are told by their endpoint', () => {
    expect(
      ['/v2/invoices/43210001/messages?per_page=2000', '/api/v2/users/me', '/v2/time_entries'].map(
        endpointOf,
      ),
    ).toEqual(['invoices/{id}/messages', 'users/me', 'time_entries']);
  });
});

describe('a finding', () => {
  it('says whether the goal is met, on the edge too', () => {
    expect(atMost('memory', 350, 350, ' MB')).toEqual({
      what: 'memory',
      figure: '350 MB',
      goal: '≤ 350 MB',
      verdict: 'met',
    });
    expect(atMost('ratio', 1.151, 1.15, ' ×', 2)).toMatchObject({ figure: '1.16 ×', verdict: 'missed' });
    expect(atLeast('rows/s', 39_999.6, 40_000, '')).toMatchObject({ figure: '39,999', verdict: 'missed' });
    expect(atMost('refused', 0, 0, '')).toMatchObject({ figure: '0', goal: '≤ 0', verdict: 'met' });
    expect(atMost('nothing', Number.NaN, 1, '').verdict).toBe('missed');
  });

  it('takes the middle of several measurements', () => {
    expect([median([9, 1, 5]), median([4, 1, 9, 2])]).toEqual([5, 3]);
  });
});

describe('a profile', () => {
  it('tells where the time was spent in which something ran', () => {
    const node = (id: number, functionName: string, url = ''): object => ({
      id,
      callFrame: { functionName, url },
    });
    const profile = {
      nodes: [
        node(1, '(idle)'),
        node(2, 'toRow', 'file:///x/dist/sync/row.js'),
        node(3, '', 'file:///x/node_modules/got/index.js'),
        node(4, 'toRow', 'file:///x/dist/sync/row.js'),
      ],
      samples: [1, 2, 3, 4, 1],
      timeDeltas: [900, 50, 20, 30, 900],
    };
    expect(hottest(profile as Parameters<typeof hottest>[0], 2)).toEqual([
      { place: 'toRow sync/row.js', share: 0.8 },
      { place: '(anonymous) got/index.js', share: 0.2 },
    ]);
  });
});

describe('what is shown', () => {
  const result: PartResult = {
    part: 'rows',
    title: 'Rows',
    command: 'npm run bench -- rows',
    date: '2026-11-29',
    machine: '2 × CPU',
    quick: false,
    seconds: 61.4,
    lines: [
      atMost('memory', 300, 350, ' MB'),
      atLeast('speed', 1, 2, ''),
      noted('a | b', '7'),
      skipped('dlt', 'no Python'),
    ],
  };

  it('is a table with goal, figure and verdict', () => {
    expect(screenOf(result)).toBe(
      [
        'Rows (61 s)',
        '  what       figure      goal  verdict',
        '  ──────  ─────────  ────────  ─────────',
        '  memory     300 MB  ≤ 350 MB  ✓ met',
        '  speed           1       ≥ 2  ✗ missed',
        '  a | b           7',
        '  dlt     no Python            – skipped',
      ].join('\n'),
    );
    expect(summaryOf([result])).toBe('1 met, 1 missed, 1 skipped');
  });

  it('takes its place in a document, with command, date and machine', () => {
    const document = 'before\n<!-- bench:rows -->\nold\n<!-- /bench:rows -->\nafter';
    const text = replaceMarked(document, 'rows', markdownOf(result));
    expect(text).toContain('| memory | 300 MB | ≤ 350 MB | ✓ met |');
    expect(text).toContain('| a \\| b | 7 |  |  |');
    expect(text).toContain('`npm run bench -- rows`, 2026-11-29, 2 × CPU.');
    expect(text).not.toContain('old');
    expect(text.startsWith('before') && text.endsWith('after')).toBe(true);
    expect(() => replaceMarked('nothing', 'rows', '')).toThrow('There is no place for rows');
  });

  it('has a place in the documentation for each part, and leaves those of the others as they are', async () => {
    const document = await readFile(new URL('../../../docs/performance.md', import.meta.url), 'utf8');
    const blocks = (text: string): readonly string[] =>
      PARTS.map(
        ({ name }) => text.split(`<!-- bench:${name} -->`)[1]?.split(`<!-- /bench:${name} -->`)[0] ?? '',
      );
    const [before, after] = [blocks(document), blocks(replaceMarked(document, 'steady', 'new'))];
    expect(after).toEqual(before.map((block, at) => (PARTS[at]?.name === 'steady' ? '\n\nnew\n\n' : block)));
    expect(before.filter((block) => block.trim() === '')).toEqual([]);
  });
});
