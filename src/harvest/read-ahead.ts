/**
 * How many pages may be in the air or wait to be worked on before it is their turn, by the memory that they take. The
 * page whose turn it is needs no allowance, so that nobody ever waits for another one's.
 */
import { UsualBytes } from './usual-bytes.ts';

/**
 * Bytes of answers that are read ahead at most, all lists together; they wait as they came. Eight
 * pages of time entries beside those whose turn it is: enough for the usual limit of 90 in 15 s at answers that take a
 * second and a half.
 */
export const READ_AHEAD_BYTES = 20 * 2 ** 20;

/** What a page is taken for before one of its stream has come; 2,000 time entries are some 2.3 million bytes. */
const FIRST_GUESS_BYTES = 2.5 * 2 ** 20;

/** The allowance that all lists of a client share. */
export class ReadAhead {
  readonly #mostBytes: number;
  readonly #usual = new UsualBytes();
  #takenBytes = 0;

  constructor(mostBytes: number = READ_AHEAD_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** Allowance for one more page of a stream, to be given back when the page is done with; null: there is none left. */
  take(stream: string): (() => void) | null {
    const bytes = this.#usual.of(stream) ?? FIRST_GUESS_BYTES;
    if (this.#takenBytes + bytes > this.#mostBytes) return null;
    this.#takenBytes += bytes;
    let isGivenBack = false;
    return () => {
      if (!isGivenBack) this.#takenBytes -= bytes;
      isGivenBack = true;
    };
  }

  /** Takes note of how large a page was. */
  note(stream: string, bytes: number): void {
    this.#usual.note(stream, bytes);
  }
}
