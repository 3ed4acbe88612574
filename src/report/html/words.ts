/** Words and marks of outcomes; a mark differs by its form, not by its colour alone. Pure. */
import { formatCount } from '../quantity.ts';
import { html, type Markup } from './markup.ts';

/** How an outcome is told and shown. */
export interface OutcomeWords {
  readonly word: string;
  /** Class of its colour. */
  readonly tone: 'ok' | 'bad' | 'warn' | 'calm';
  /** Its form as an SVG path around 0 0, five units to each side. */
  readonly path: string;
}

const CIRCLE = 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z';
const CROSS = 'M-5 -3.2L-3.2 -5L0 -1.8L3.2 -5L5 -3.2L1.8 0L5 3.2L3.2 5L0 1.8L-3.2 5L-5 3.2L-1.8 0z';
const TRIANGLE = 'M0 -5L5.4 4.4L-5.4 4.4z';
const SQUARE = 'M-4.4 -4.4h8.8v8.8h-8.8z';
const DIAMOND = 'M0 -5.8L5.8 0L0 5.8L-5.8 0z';
const DASH = 'M-5 -1.2h10v2.4h-10z';

const OUTCOMES: Readonly<Record<string, OutcomeWords>> = {
  ok: { word: 'OK', tone: 'ok', path: CIRCLE },
  partial: { word: 'Partial', tone: 'warn', path: TRIANGLE },
  failed: { word: 'Failed', tone: 'bad', path: CROSS },
  interrupted: { word: 'Interrupted', tone: 'warn', path: SQUARE },
  crashed: { word: 'Crashed', tone: 'bad', path: DIAMOND },
  skipped: { word: 'Skipped', tone: 'calm', path: DASH },
  equal: { word: 'Equal', tone: 'ok', path: CIRCLE },
  differs: { word: 'Differs', tone: 'bad', path: CROSS },
  never: { word: 'Never synced', tone: 'warn', path: DASH },
};

/** The words of an outcome; one that is not known is shown as it is written. */
export function wordsOf(outcome: string): OutcomeWords {
  const known = Object.hasOwn(OUTCOMES, outcome) ? OUTCOMES[outcome] : undefined;
  return known ?? { word: outcome, tone: 'calm', path: DASH };
}

/** An outcome as a mark with its word. */
export function outcomeMark(outcome: string): Markup {
  const { word, tone, path } = wordsOf(outcome);
  return html`<span class="mark ${tone}"
    ><svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true"><path d="${path}" /></svg
    >${word}</span
  >`;
}

/** A cell of a number; null is a dash, and nothing is pale. */
export function numberCell(value: number | null): Markup {
  if (value === null) return html`<td class="number none">–</td>`;
  return html`<td class="${value === 0 ? 'number none' : 'number'}">${formatCount(value)}</td>`;
}

/** Longer texts are for the log. */
const LONGEST_TEXT = 2000;

/** A text as far as a page shows it. */
export function cut(text: string): string {
  const short = text.trimEnd();
  return short.length <= LONGEST_TEXT ? short : `${short.slice(0, LONGEST_TEXT)}…`;
}
