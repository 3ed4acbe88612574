import { describe, expect, it } from '@jest/globals';
import { toIso } from '../../src/cli/freshness.ts';
import { shownPath } from '../../src/cli/shown-path.ts';
import { newRunId } from '../../src/cli/run-id.ts';

describe('what status reads', () => {
  it.each([
    ['2026-11-20 06:00:02+00', '2026-11-20T06:00:02.000Z'],
    ['2026-11-20 06:00:02.5+00:00', '2026-11-20T06:00:02.500Z'],
    ['2026-11-20T06:00:02Z', '2026-11-20T06:00:02.000Z'],
    ['2026-11-20T07:00:02+01:00', '2026-11-20T06:00:02.000Z'],
    ['2026-11-20 06:00:02', '2026-11-20T06:00:02.000Z'],
  ])('the instant %s is %s', (text, iso) => {
    expect(toIso(text)).toBe(iso);
  });
});

describe('run ids', () => {
  it('sort by time and never repeat', () => {
    const early = newRunId(new Date('2026-11-20T06:00:00Z'));
    const late = newRunId(new Date('2026-11-20T06:00:00.001Z'));
    expect(early < late).toBe(true);
    expect(early).toMatch(/^[0-9A-HJKMNP-TV-Z]{16}$/);
    expect(newRunId(new Date(0))).not.toBe(newRunId(new Date(0)));
  });
});

describe('paths on screens', () => {
  it.each([
    ['/home/a/config/x.yaml', 'config/x.yaml'],
    ['/srv/x.yaml', '/srv/x.yaml'],
    ['/home/a', '/home/a'],
  ])('%s is shown as %s', (path, shown) => {
    expect(shownPath(path, '/home/a')).toBe(shown);
  });
});
