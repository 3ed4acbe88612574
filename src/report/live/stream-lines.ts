/** The lines of streams under way, in columns that fit the screen. Pure. */
import { formatCount, formatSeconds } from '../quantity.ts';
import { isFull, waitMs } from './budget.ts';
import { cellsOf as widthOf, cutMiddle, padCells } from './cells.ts';
import { SIGNS, spell, type Signs } from './charset.ts';
import type { View } from './frame.ts';
import type { Line } from './line.ts';
import { measureOf, type Measure } from './measure.ts';
import type { LiveState } from './state.ts';
import type { LiveStream } from './stream-state.ts';

/** A turn of the spinner, in milliseconds a sign. */
const SPIN_MS = 120;

/** A stream that was silent for so long while its limit is used up waits for it. */
const SILENT_MS = 1000;

const NARROWEST_BAR = 8;
const WIDEST_BAR = 30;

/** What a line says, before it is known which of it fits. */
interface Cells {
  readonly stream: LiveStream;
  /** What it waits for, in many words and in few; null: it does not. */
  readonly wait: readonly [string, string] | null;
  readonly measure: Measure;
  readonly amount: string;
  readonly detail: string;
  readonly time: string;
}

/** Which columns a screen has room for. */
interface Layout {
  readonly bar: number;
  readonly hasDetail: boolean;
  readonly hasTime: boolean;
}

/** Cells that the longest amount, or what stands in its place, takes. */
export function amountCells(streams: readonly LiveStream[], state: LiveState, view: View): number {
  const texts = streams.map((stream) => {
    const [, short] = waitText(stream, state, view) ?? [];
    return short ?? amountText(measureOf(stream), stream);
  });
  return Math.max(0, ...texts.map((text) => widthOf(text)));
}

/** One line for each stream. */
export function activeLines(
  streams: readonly LiveStream[],
  state: LiveState,
  nameWidth: number,
  view: View,
): readonly Line[] {
  const signs = SIGNS[view.charset];
  const spin = signs.spinner[Math.floor(view.nowMs / SPIN_MS) % signs.spinner.length] ?? '';
  const cells = streams.map((stream) => cellsOf(stream, state, view));
  const moving = cells.filter(({ wait }) => wait === null);
  const widths = {
    amount: Math.max(0, ...moving.map(({ amount }) => amount.length)),
    detail: Math.max(0, ...moving.map(({ detail }) => detail.length)),
    time: Math.max(0, ...moving.map(({ time }) => time.length)),
  };
  const room = view.columns - 1 - 4 - nameWidth - 1;
  const layout = layoutFor(room + 1, widths, moving);
  return cells.map(({ stream, wait, measure, amount, detail, time }) => {
    const name = ` ${padCells(cutMiddle(stream.name, nameWidth, signs.ellipsis), nameWidth)}`;
    if (wait !== null) {
      const [long, short] = wait;
      return [{ text: `  ${signs.wait}${name}  ${long.length <= room ? long : short}`, colour: 'yellow' }];
    }
    const text = [
      ...(layout.bar === 0 ? [] : [barOf(measure, layout.bar, signs)]),
      padCells(amount, widths.amount, 'right'),
      ...(layout.hasDetail ? [padCells(detail, widths.detail)] : []),
      ...(layout.hasTime ? [padCells(time, widths.time, 'right')] : []),
    ].join('  ');
    return [{ text: `  ${spin}${name}  ${text}`.trimEnd() }];
  });
}

function cellsOf(stream: LiveStream, state: LiveState, view: View): Cells {
  const measure = measureOf(stream);
  const ms = view.nowMs - (stream.activeAtMs ?? view.nowMs);
  return {
    stream,
    wait: waitText(stream, state, view),
    measure,
    amount: amountText(measure, stream),
    detail: spell(detailText(measure, stream), view.charset),
    time: shortSeconds(Math.floor(Math.max(0, ms) / 1000)),
  };
}

/** `waiting 41 s for Harvest's report limit`, `limit: 41 s`; null: it does not wait. */
function waitText(
  stream: LiveStream,
  { budgets }: LiveState,
  { nowMs, charset }: View,
): readonly [string, string] | null {
  const { bucket, pause, heardAtMs } = stream;
  if (pause !== null && pause.untilMs > nowMs) {
    const time = wholeSeconds(pause.untilMs - nowMs);
    return [spell(`again in ${time} (${pause.why})`, charset), `again in ${time}`];
  }
  if (nowMs - heardAtMs < SILENT_MS) return null;
  // a report needs room in both windows
  const full = (bucket === 'reports' ? (['reports', 'general'] as const) : (['general'] as const)).find(
    (each) => isFull(budgets[each], each, nowMs),
  );
  if (full === undefined) return null;
  const what = full === 'reports' ? 'report limit' : 'request limit';
  const time = wholeSeconds(waitMs(budgets[full], full, nowMs));
  return [`waiting ${time} for Harvest's ${what}`, `limit: ${time}`];
}

function wholeSeconds(ms: number): string {
  return shortSeconds(Math.ceil(ms / 1000));
}

/** Whole seconds without a decimal place. */
function shortSeconds(seconds: number): string {
  return formatSeconds(seconds).replace(/\.0 s$/, ' s');
}

function amountText({ done, total, unit }: Measure, { requests }: LiveStream): string {
  if (total !== null) {
    const of = `${formatCount(done)} / ${formatCount(total)}`;
    return unit === 'rows' ? of : `${of} ${unitOf(total, unit)}`;
  }
  if (done > 0) return `${formatCount(done)} ${unitOf(done, unit)}`;
  return requests === 0 ? '' : `${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}`;
}

function unitOf(count: number, unit: Measure['unit']): string {
  return count === 1 ? unit.slice(0, -1) : unit;
}

function detailText({ unit }: Measure, { page, pages, rows, window }: LiveStream): string {
  if (unit === 'slices')
    return window === '' ? `${formatCount(rows)} rows` : `${window}, ${formatCount(rows)} rows`;
  if (unit !== 'rows') return `${formatCount(rows)} rows`;
  if (page === null || (pages === 1 && page === 1)) return '';
  return `page ${page}${pages === null ? '' : `/${pages}`}`;
}

/** Details go first, then the bar, then the time. */
function layoutFor(
  room: number,
  widths: { readonly amount: number; readonly detail: number; readonly time: number },
  moving: readonly Cells[],
): Layout {
  const hasTotals = moving.some(({ measure }) => measure.total !== null);
  const column = (width: number): number => (width === 0 ? 0 : width + 2);
  const [amount, detail, time] = [column(widths.amount), column(widths.detail), column(widths.time)];
  const bar = (taken: number): number => {
    const free = Math.min(WIDEST_BAR, room - taken - 2);
    return hasTotals && free >= NARROWEST_BAR ? free : 0;
  };
  if (amount + detail + time <= room) {
    const beside = bar(amount + detail + time);
    if (beside > 0 || !hasTotals) return { bar: beside, hasDetail: detail > 0, hasTime: true };
  }
  if (amount + time <= room) return { bar: bar(amount + time), hasDetail: false, hasTime: true };
  return { bar: 0, hasDetail: false, hasTime: false };
}

function barOf({ done, total }: Measure, cells: number, signs: Signs): string {
  if (total === null) return ' '.repeat(cells);
  const filled = total === 0 ? cells : Math.min(cells, Math.floor((done / total) * cells));
  const tip = filled > 0 && filled < cells ? 1 : 0;
  return signs.full.repeat(filled - tip) + signs.tip.repeat(tip) + signs.empty.repeat(cells - filled);
}
