/** A terminal that understands what the live view writes: what stands on it in the end, and what became of the cursor. */
import { cellsOf } from '../../../src/report/live/cells.ts';

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What the screen shows, and what happened on the way. */
export interface Shown {
  /** All lines, those that scrolled away too, without blanks at their ends. */
  readonly lines: readonly string[];
  readonly isCursorVisible: boolean;
  /** How often the cursor was hidden. */
  readonly hidden: number;
  /** Lines that ran over the right edge while the cursor was hidden, which is while a view was drawn. */
  readonly wrapped: readonly string[];
  /** Codes that were not understood. */
  readonly unknown: readonly string[];
  /** Pictures: how often the view was drawn over. */
  readonly drawings: number;
}

/** Plays what was written to a terminal so many cells wide. */
export function playScreen(text: string, columns: number): Shown {
  const screen = new Screen(columns);
  // oxlint-disable-next-line no-control-regex
  for (const piece of text.split(/(\u001b\[[?\d;]*[A-Za-z]|\r|\n)/)) screen.take(piece);
  return screen.shown();
}

class Screen {
  readonly #columns: number;
  readonly #lines: string[][] = [[]];
  readonly #wrapped: string[] = [];
  readonly #unknown: string[] = [];
  #row = 0;
  #column = 0;
  #isVisible = true;
  #hidden = 0;
  #drawings = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  take(piece: string): void {
    if (piece === '\r') this.#column = 0;
    else if (piece === '\n') this.#down();
    else if (piece.startsWith('\u001b')) this.#obey(piece.slice(2));
    else for (const { segment } of GRAPHEMES.segment(piece)) this.#put(segment);
  }

  shown(): Shown {
    const lines = this.#lines.map((cells) =>
      Array.from(cells, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
    while (lines.at(-1) === '') lines.pop();
    const [wrapped, unknown, hidden, drawings] = [this.#wrapped, this.#unknown, this.#hidden, this.#drawings];
    return { lines, isCursorVisible: this.#isVisible, hidden, wrapped, unknown, drawings };
  }

  #obey(code: string): void {
    if (code === '?25l') {
      this.#isVisible = false;
      this.#hidden += 1;
    } else if (code === '?25h') this.#isVisible = true;
    else if (code === 'K') this.#line().splice(this.#column);
    else if (code === 'J') {
      this.#line().splice(this.#column);
      this.#lines.splice(this.#row + 1);
      this.#drawings += 1;
    } else if (/^\d+A$/.test(code)) this.#row = Math.max(0, this.#row - Number.parseInt(code, 10));
    else if (/^\d+D$/.test(code)) this.#column = Math.max(0, this.#column - Number.parseInt(code, 10));
    else if (/^\d+B$/.test(code)) this.#row += Number.parseInt(code, 10);
    else if (!/^[\d;]*m$/.test(code)) this.#unknown.push(code);
  }

  #line(): string[] {
    return (this.#lines[this.#row] ??= []);
  }

  #down(): void {
    this.#row += 1;
    this.#line();
  }

  #put(grapheme: string): void {
    const cells = cellsOf(grapheme);
    if (this.#column + cells > this.#columns) {
      if (!this.#isVisible) this.#wrapped.push(this.#line().join(''));
      this.#down();
      this.#column = 0;
    }
    const line = this.#line();
    line[this.#column] = grapheme;
    for (let rest = 1; rest < cells; rest += 1) line[this.#column + rest] = '';
    this.#column += cells;
  }
}
