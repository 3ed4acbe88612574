/** How much room text takes on a terminal: wide signs of East Asia and emoji take two cells, marks that combine none. */

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const PLAIN = /^[\u0020-\u007e]*$/;

/** @see Unicode Standard Annex 11, East Asian Width: the ranges of W and F, rounded to whole blocks (checked 2026-11-29) */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d8f}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u;

const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Regional_Indicator}{2}|\p{Emoji}\ufe0f)/u;

const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;

/** The cells that text takes; text without control characters. */
export function cellsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let cells = 0;
  for (const { segment } of GRAPHEMES.segment(text)) cells += cellsOfOne(segment);
  return cells;
}

/** Cuts text to so many cells, with an ellipsis where something is missing. */
export function cutCells(text: string, cells: number, ellipsis = '…'): string {
  if (cellsOf(text) <= cells) return text;
  const room = cells - ellipsis.length;
  let kept = '';
  let taken = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    taken += cellsOfOne(segment);
    if (taken > room) break;
    kept += segment;
  }
  return room < 0 ? '' : `${kept}${ellipsis}`;
}

/** Cuts text inside: `estimate_ite…ories`. More of the beginning stays than of the end, as names differ there more. */
export function cutMiddle(text: string, cells: number, ellipsis = '…'): string {
  if (cellsOf(text) <= cells) return text;
  const room = cells - ellipsis.length;
  if (room < 2) return cutCells(text, cells, ellipsis);
  const tail = Math.floor(room / 3);
  const graphemes = Array.from(GRAPHEMES.segment(text), ({ segment }) => segment);
  let end = '';
  for (const grapheme of graphemes.toReversed()) {
    if (cellsOf(grapheme) + cellsOf(end) > tail) break;
    end = grapheme + end;
  }
  return cutCells(text, cells - cellsOf(end), ellipsis) + end;
}

/** Fills text up with blanks to so many cells. */
export function padCells(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  const gap = ' '.repeat(Math.max(0, cells - cellsOf(text)));
  return align === 'left' ? text + gap : gap + text;
}

function cellsOfOne(grapheme: string): number {
  if (NOTHING.test(grapheme)) return 0;
  return WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1;
}
