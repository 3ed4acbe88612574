import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { rowDigest } from '../../../src/sync/digest.ts';
import { RecentRows, type RecentRow } from '../../../src/sync/recent.ts';

const SINCE = '2026-11-20T06:00:00Z';
const LATER = '2026-11-20T06:05:00Z';
const BEFORE = '2026-11-20T05:55:00Z';

const row = (id: number, over: Partial<RecentRow> & { readonly name?: string } = {}): RecentRow => {
  const { name = 'a', changedAt = LATER, ...rest } = over;
  return {
    key: String(id),
    row: { id, name, updated_at: changedAt as string },
    drift: [],
    changedAt,
    isFirst: true,
    ...rest,
  };
};
const digest = ({ row: values, drift }: RecentRow): string => rowDigest(values, drift);

describe('rows that are delivered again', () => {
  it('are stored as they are if key and content are remembered', () => {
    const same = row(1);
    const rows = new RecentRows({ 1: digest(same), 2: digest(row(2)) }, SINCE);
    expect([rows.isStored(same), rows.isStored(row(2, { name: 'b' })), rows.isStored(row(3))]).toEqual([
      true,
      false,
      false,
    ]);
    expect([rows.unchanged, rows.duplicates]).toEqual([1, 0]);
  });

  it('are looked at again when a property comes that is not known', () => {
    const rows = new RecentRows({ 1: digest(row(1)) }, SINCE);
    expect(rows.isStored(row(1, { drift: [{ path: 'mood', typeSeen: 'string' }] }))).toBe(false);
  });

  it('are remembered from where the next window starts', () => {
    const rows = new RecentRows({}, SINCE);
    const all = [
      row(1),
      row(2, { changedAt: SINCE }),
      row(3, { changedAt: BEFORE }),
      row(4, { changedAt: null }),
    ];
    for (const each of all) rows.isStored(each);
    expect(rows.notes).toEqual({ 1: digest(row(1)), 2: digest(row(2, { changedAt: SINCE })) });
  });

  it('are all forgotten where there are more than a thousand', () => {
    const rows = new RecentRows({}, SINCE);
    for (let id = 0; id < 1000; id += 1) rows.isStored(row(id));
    expect(Object.keys(rows.notes ?? {})).toHaveLength(1000);
    for (const id of [1000, 1001, 2]) rows.isStored(row(id));
    expect(rows.notes).toBeUndefined();
  });

  it('count once, however often they come', () => {
    const rows = new RecentRows({ 1: digest(row(1)) }, SINCE);
    expect([rows.isStored(row(1)), rows.isStored(row(1, { isFirst: false }))]).toEqual([true, true]);
    expect([rows.unchanged, rows.duplicates]).toEqual([1, 1]);
    expect(rows.notes).toEqual({ 1: digest(row(1)) });
  });

  it('leave the choice to the warehouse where two versions come, and are then not remembered', () => {
    const other = row(1, { name: 'b', isFirst: false });
    const known = new RecentRows({ 1: digest(row(1)) }, SINCE);
    expect([known.isStored(row(1)), known.isStored(other)]).toEqual([true, false]);
    expect([known.unchanged, known.duplicates, known.notes]).toEqual([0, 1, undefined]);

    const late = new RecentRows({ 1: digest(row(1)) }, SINCE);
    expect([late.isStored({ ...other, isFirst: true }), late.isStored(row(1, { isFirst: false }))]).toEqual([
      false,
      false,
    ]);
    expect([late.unchanged, late.duplicates, late.notes]).toEqual([0, 0, undefined]);
  });

  it('are not remembered when one of them was rejected or has to go, before or after', () => {
    const rows = new RecentRows({}, SINCE);
    rows.isStored(row(1));
    rows.forget('1');
    rows.forget('2');
    rows.isStored(row(2));
    expect(rows.notes).toBeUndefined();
  });

  it('all become a staged row, an unchanged one or a duplicate', () => {
    const delivered = fc.array(fc.tuple(fc.nat(3), fc.constantFrom('a', 'b')), { maxLength: 12 });
    fc.assert(
      fc.property(delivered, (list) => {
        const rows = new RecentRows({ 0: digest(row(0)), 1: digest(row(1, { name: 'b' })) }, SINCE);
        const seen = new Set<number>();
        let staged = 0;
        for (const [id, name] of list) {
          if (!rows.isStored(row(id, { name, isFirst: !seen.has(id) }))) staged += 1;
          seen.add(id);
        }
        expect(staged + rows.unchanged + rows.duplicates).toBe(list.length);
      }),
    );
  });
});
