/** Weight of the newest page in what the next one is taken for. */
const NEWEST_WEIGHT = 0.25;

/** How large the pages of each stream are, by those that have come. */
export class UsualBytes {
  readonly #bytes = new Map<string, number>();

  /** What the next page of a stream is taken for; null before one has come. */
  of(stream: string): number | null {
    return this.#bytes.get(stream) ?? null;
  }

  /** Takes note of how large a page was. Smaller ones count little: the last page of a list says nothing of the others. */
  note(stream: string, bytes: number): void {
    const known = this.#bytes.get(stream);
    const next = known === undefined || bytes >= known ? bytes : known + (bytes - known) * NEWEST_WEIGHT;
    this.#bytes.set(stream, next);
  }
}
