/**
 * The live view as a picture: what is known of a run → lines for a screen. Pure.
 *
 * Always holds: no line is wider than the screen less one cell, so that nothing wraps, and there are fewer lines than the screen
 * is high, so that nothing scrolls away under the cursor.
 */
import { formatClock, formatCount, formatSeconds, plural } from '../quantity.ts';
import { usedOf } from './budget.ts';
import { cutMiddle, padCells } from './cells.ts';
import { SIGNS, spell, type Charset, type Signs } from './charset.ts';
import { cutLine, flow, type Line } from './line.ts';
import { secondsLeft } from './measure.ts';
import { activeLines, amountCells } from './stream-lines.ts';
import type { LiveState } from './state.ts';
import type { LiveStream } from './stream-state.ts';

/** The screen and the moment that a picture is made for. */
export interface View {
  readonly columns: number;
  readonly rows: number;
  readonly charset: Charset;
  readonly nowMs: number;
}

/** Streams that have ended and are still shown; the others stand in the table at the end. */
const ENDED_SHOWN = 5;

/** A stream that a verification was silent of for so long is not compared now. */
const SILENT_MS = 3000;

/** Narrower names would tell nothing: rather an amount is cut. */
const NARROWEST_NAME = 6;

/** Cells of a line that are neither name nor amount: the sign before and the gaps. */
const BESIDE_NAME = 6;

/** The lines of a view, without line breaks. */
export function frame(state: LiveState, view: View): readonly Line[] {
  const signs = SIGNS[view.charset];
  const cells = view.columns - 1;
  const foot = footLines(state, view, signs, cells - 2);
  // the cursor stands below the last line
  const room = view.rows - 1 - foot.length;
  const withGap = room >= 4;
  const body = bodyLines(state, view, signs, Math.max(0, room - (withGap ? 1 : 0)));
  const gap = withGap && body.length > 0 ? [[]] : [];
  return [...body, ...gap, ...foot].map((line) => cutLine(line, cells, signs.ellipsis));
}

function bodyLines(state: LiveState, view: View, signs: Signs, room: number): readonly Line[] {
  const all = [...state.streams.values()];
  const active = all
    .filter((stream) => isActive(stream, state, view))
    .toSorted((left, right) => (left.activeAtMs ?? 0) - (right.activeAtMs ?? 0));
  const waiting = state.check === null ? Math.max(0, state.total - state.done - active.length) : 0;
  const needsRest = waiting > 0 || active.length > room;
  const shown = active.slice(0, Math.max(0, room - (needsRest ? 1 : 0)));
  const rest = restText(active.length - shown.length, waiting);
  const restLine: readonly Line[] =
    rest === '' || room === 0 ? [] : [[{ text: `  ${signs.dot} ${rest}`, colour: 'dim' }]];
  const left = room - shown.length - restLine.length;
  const ended = all
    .filter(({ ending }) => ending !== null && ending.outcome !== 'failed')
    .toSorted((one, other) => one.heardAtMs - other.heardAtMs)
    .slice(left <= 0 ? all.length : -Math.min(left, ENDED_SHOWN));
  const amount = Math.max(amountCells(shown, state, view), ...ended.map((each) => rowsText(each).length));
  const width = Math.min(
    Math.max(0, ...[...ended, ...shown].map(({ name }) => name.length)),
    Math.max(NARROWEST_NAME, view.columns - 1 - BESIDE_NAME - amount),
  );
  return [
    ...ended.map((stream) => endedLine(stream, width, view, signs)),
    ...activeLines(shown, state, width, view),
    ...restLine,
  ];
}

/** What a verification compares in several steps never ends of itself: it goes when it has been silent for a while. */
function isActive(stream: LiveStream, { check }: LiveState, { nowMs }: View): boolean {
  if (stream.ending !== null || stream.activeAtMs === null) return false;
  return check === null || nowMs - stream.heardAtMs < SILENT_MS;
}

function restText(more: number, waiting: number): string {
  return [...(more > 0 ? [`${more} more`] : []), ...(waiting > 0 ? [`${waiting} waiting`] : [])].join(', ');
}

/** `214 rows`, in a column. */
function rowsText({ ending }: LiveStream): string {
  return ending?.outcome === 'ok' ? plural(ending.rows, 'row').padStart(13) : '';
}

function endedLine(stream: LiveStream, width: number, { charset, columns }: View, signs: Signs): Line {
  const { name, ending } = stream;
  const label = ` ${padCells(cutMiddle(name, width, signs.ellipsis), width)}  `;
  if (ending?.outcome === 'skipped') {
    const reason = spell(`skipped: ${ending.reason ?? 'not read'}`, charset);
    return [{ text: `  ${signs.none}${label}${reason}`, colour: 'dim' }];
  }
  const rows = rowsText(stream);
  const time = `  ${formatSeconds(ending?.seconds ?? 0).padStart(9)}`;
  const hasTime = 3 + label.length + rows.length + time.length < columns;
  return [
    { text: '  ' },
    { text: signs.done, colour: 'green' },
    { text: `${label}${rows}${hasTime ? time : ''}` },
  ];
}

function footLines(state: LiveState, { nowMs, charset }: View, signs: Signs, cells: number): readonly Line[] {
  const { total, done, failed, rows, check, budgets, startedAtMs } = state;
  const left = secondsLeft(state, nowMs);
  const parts = [
    ...(check === null ? [] : [`comparing ${check}`]),
    ...(check !== null && done === 0
      ? []
      : [`${done} of ${total}${failed === 0 ? '' : `, ${failed} failed`}`]),
    ...(check !== null && rows === 0 ? [] : [plural(rows, 'row')]),
    budgetText('API', usedOf(budgets.general, 'general', nowMs), budgets.general.limit, '15 s'),
    ...(budgets.reports.sent === 0
      ? []
      : [budgetText('reports', usedOf(budgets.reports, 'reports', nowMs), budgets.reports.limit, '15 min')]),
    formatClock(Math.max(0, nowMs - (startedAtMs ?? nowMs)) / 1000),
    ...(left === null ? [] : [`about ${formatClock(Math.ceil(left))} left`]),
  ];
  const spelled = parts.map((part) => spell(part, charset));
  return flow(spelled, ` ${signs.dot} `, cells, signs.ellipsis).map((text) => [{ text: `  ${text}` }]);
}

function budgetText(name: string, used: number, limit: number | null, period: string): string {
  return limit === null
    ? `${name} ${used} in ${period}`
    : `${name} ${formatCount(used)}/${limit} per ${period}`;
}
