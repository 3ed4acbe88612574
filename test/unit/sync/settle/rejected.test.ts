import { describe, expect, it } from '@jest/globals';
import { rejectedAfter, rejectedCount, type SeenRejects } from '../../../../src/sync/settle/rejected.ts';

function seen(part: Partial<SeenRejects> = {}): SeenRejects {
  return { keys: new Set(), without: [], holds: () => false, isComplete: false, ...part };
}

describe('what is remembered of rejected records', () => {
  it('is a record that has no row, until it comes in a form that can be stored', () => {
    const rejected = rejectedAfter(undefined, seen({ keys: new Set(['7']), without: [['7', '2026-01-02']] }));
    expect(rejected).toEqual({ '7': '2026-01-02' });
    expect(rejectedAfter(rejected, seen({ keys: new Set(['8']) }))).toEqual(rejected);
    expect(rejectedAfter(rejected, seen({ keys: new Set(['7']) }))).toBeUndefined();
  });

  it('goes when a window that would have held the record did not', () => {
    const known = { '7': '2026-01-02', '8': '2026-02-01' };
    const january = seen({ holds: (date) => date.startsWith('2026-01') });
    expect(rejectedAfter(known, january)).toEqual({ '8': '2026-02-01' });
  });

  it('is given up where there are too many, or one cannot be told from another, until all is read', () => {
    const many = Array.from({ length: 1_001 }, (_, id) => [String(id), ''] as const);
    expect(rejectedAfter(undefined, seen({ without: many }))).toBe('many');
    expect(rejectedAfter(undefined, seen({ without: [[null, '']] }))).toBe('many');
    expect(rejectedAfter('many', seen())).toBe('many');
    expect(rejectedAfter('many', seen({ isComplete: true, without: [['7', '']] }))).toEqual({ '7': '' });
  });

  it('counts', () => {
    expect([rejectedCount(undefined), rejectedCount({ '7': '' }), rejectedCount('many')]).toEqual([
      0,
      1,
      null,
    ]);
  });
});
