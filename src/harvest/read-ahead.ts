/**
 * How many pages may be in the air or wait to be worked on before it is their turn, by the memory that they take. The
 * page whose turn it is needs no allowance, so that nobody ever waits for another one's.
 */

/**
 * Characters of answers that are read ahead at most, all lists together; parsed they take some four times as much. Eight
 * pages of time entries beside those whose turn it is: enough for the usual limit of 90 in 15 s at answers that take a
 * second and a half.
 */
export const READ_AHEAD_CHARS = 20 * 2 ** 20;

/** What a page is taken for before one of its stream has come; 2,000 time entries are some 2.3 million characters. */
const FIRST_GUESS_CHARS = 2.5 * 2 ** 20;

/** Weight of the newest page in what the next one is taken for. */
const NEWEST_WEIGHT = 0.25;

/** The allowance that all lists of a client share. */
export class ReadAhead {
  readonly #mostChars: number;
  readonly #guesses = new Map<string, number>();
  #takenChars = 0;

  constructor(mostChars: number = READ_AHEAD_CHARS) {
    this.#mostChars = mostChars;
  }

  /** Allowance for one more page of a stream, to be given back when the page is done with; null: there is none left. */
  take(stream: string): (() => void) | null {
    const chars = this.#guesses.get(stream) ?? FIRST_GUESS_CHARS;
    if (this.#takenChars + chars > this.#mostChars) return null;
    this.#takenChars += chars;
    let isGivenBack = false;
    return () => {
      if (!isGivenBack) this.#takenChars -= chars;
      isGivenBack = true;
    };
  }

  /** Takes note of how large a page was. Smaller ones count little: the last page of a list says nothing of the others. */
  note(stream: string, chars: number): void {
    const known = this.#guesses.get(stream);
    const next = known === undefined || chars >= known ? chars : known + (chars - known) * NEWEST_WEIGHT;
    this.#guesses.set(stream, next);
  }
}
