/**
 * Draws the live view on a terminal: some lines that are drawn over again, and what is said above them for good. At most one
 * drawing a tick. The cursor is hidden meanwhile; it comes back when the block ends, however the process ends, short of SIGKILL.
 */
import type { Paint } from '../paint.ts';
import type { Write } from '../reporter.ts';
import { cellsOfLine, paintLine, type Line } from './line.ts';

/** Milliseconds between two drawings of a run: eight a second. */
export const TICK_MS = 125;

/** A terminal as the block needs it. */
export interface Terminal {
  readonly write: Write;
  /** Cells of a line and lines of the screen, as they are now. */
  readonly size: () => { readonly columns: number; readonly rows: number };
}

/** Codes of ECMA-48 and of DEC that every terminal emulator knows. */
const CODES = {
  hideCursor: '\u001b[?25l',
  showCursor: '\u001b[?25h',
  up: (lines: number) => (lines === 0 ? '' : `\u001b[${lines}A`),
  clearLine: '\u001b[K',
  clearBelow: '\u001b[J',
} as const;

/** A block of lines at the end of what a terminal shows. */
export class Block {
  readonly #terminal: Terminal;
  readonly #paint: Paint;
  readonly #picture: () => readonly Line[];
  #timer: NodeJS.Timeout | null = null;
  /** Cells of the lines that are drawn, and how wide the screen was. */
  #drawn: readonly number[] = [];
  #columns = 0;
  #said: string[] = [];
  readonly #onExit = (): void => this.stop();
  readonly #onSuspend = (): void => {
    this.pause();
    process.kill(process.pid, 'SIGSTOP');
  };
  readonly #onContinue = (): void => this.start();

  readonly #tickMs: number;

  /**
   * @param picture the lines for the screen as it is now
   * @param tickMs milliseconds between two drawings
   */
  constructor(terminal: Terminal, paint: Paint, picture: () => readonly Line[], tickMs = TICK_MS) {
    this.#terminal = terminal;
    this.#paint = paint;
    this.#picture = picture;
    this.#tickMs = tickMs;
  }

  /** Begins to draw, or goes on. Does not keep the process alive. */
  start(): void {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#draw(), this.#tickMs);
    this.#timer.unref();
    process.on('exit', this.#onExit);
    process.on('SIGTSTP', this.#onSuspend);
    process.on('SIGCONT', this.#onContinue);
    this.#terminal.write(CODES.hideCursor);
    this.#draw();
  }

  /** Says something above the block, for good; on the screen with the next drawing. */
  say(line: string): void {
    if (this.#timer === null) this.#terminal.write(`${line}\n`);
    else this.#said.push(line);
  }

  /** Takes the block off the screen, says what is still to be said, and gives the cursor back; `start` goes on. */
  pause(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    process.off('exit', this.#onExit);
    process.off('SIGTSTP', this.#onSuspend);
    this.#terminal.write(`${this.#home()}${CODES.clearBelow}${this.#sayings()}${CODES.showCursor}`);
    this.#drawn = [];
  }

  /** Ends the block. */
  stop(): void {
    this.pause();
    process.off('SIGCONT', this.#onContinue);
  }

  #draw(): void {
    const lines = this.#picture();
    const { columns } = this.#terminal.size();
    const isResized = columns !== this.#columns && this.#drawn.length > 0;
    const start = `${this.#home()}${isResized ? CODES.clearBelow : ''}`;
    this.#columns = columns;
    const said = this.#sayings();
    this.#drawn = lines.map(cellsOfLine);
    const text = lines.map((line) => `${paintLine(line, this.#paint)}${CODES.clearLine}\n`).join('');
    this.#terminal.write(`${start}${said}${text}${CODES.clearBelow}`);
  }

  /** To the first cell of the block; on a screen that has become narrower its lines have wrapped. */
  #home(): string {
    const { columns } = this.#terminal.size();
    const height = this.#drawn.reduce((sum, cells) => sum + Math.max(1, Math.ceil(cells / columns)), 0);
    return `\r${CODES.up(height)}`;
  }

  #sayings(): string {
    const said = this.#said.map((line) => `${line}${CODES.clearLine}\n`).join('');
    this.#said = [];
    return said;
  }
}
