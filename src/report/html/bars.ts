/** The first kind of chart: what became of the records of each stream, as one bar. Pure. */
import { formatCount } from '../quantity.ts';
import type { ReportCounts } from './facts.ts';
import { html, type Markup } from './markup.ts';
import { percent } from './scale.ts';

/** A part of a bar: class of its colour, and what it stands for. */
export interface BarPart {
  readonly kind: 'new' | 'changed' | 'same' | 'rejected' | 'skipped';
  readonly label: string;
  readonly rows: number;
}

/** What was fetched, apart. Where an older version did not tell new from changed, all that is loaded is one part. */
export function partsOf(counts: ReportCounts): readonly BarPart[] {
  const { rows_inserted: inserted, rows_updated: updated, rows_loaded: loaded } = counts;
  const fresh = inserted ?? 0;
  const changed = updated ?? 0;
  return [
    { kind: 'new', label: 'new', rows: fresh },
    { kind: 'changed', label: 'changed', rows: changed },
    {
      kind: 'same',
      label: inserted === null ? 'loaded' : 'as before',
      rows: Math.max(0, loaded - fresh - changed),
    },
    { kind: 'rejected', label: 'rejected', rows: counts.rows_rejected },
    { kind: 'skipped', label: 'skipped', rows: counts.rows_skipped },
  ];
}

/** The bar of a stream; `most` is the length of the longest one in rows. */
export function bar(name: string, counts: ReportCounts, most: number): Markup {
  const parts = partsOf(counts).filter(({ rows }) => rows > 0);
  const told = parts.map(({ rows, label }) => `${formatCount(rows)} ${label}`).join(', ');
  let before = 0;
  const rects = parts.map(({ kind, rows }) => {
    const x = percent(before / most);
    before += rows;
    return html`<rect class="${kind}" x="${x}" y="2" width="${percent(rows / most)}" height="12" />`;
  });
  // a stream of few rows beside one of many is still to be seen
  const trace =
    parts[0] === undefined ? null : html`<rect class="${parts[0].kind}" y="2" width="2" height="12" />`;
  return html`<svg class="bar" role="img" width="100%" height="16">
    <title>${name}: ${told === '' ? 'no rows' : told}</title>
    <line x1="0" x2="0" y1="0" y2="16" />
    ${rects}${trace}
  </svg>`;
}
