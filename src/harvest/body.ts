/** The bytes of an answer, from the first piece that arrives until its records are read. */
import { SpareMemory } from './spare-memory.ts';

/** Bodies up to this size are not worth a piece of spare memory. */
const SMALL_BYTES = 64 * 1024;

/** What all bodies share. */
const shared = new SpareMemory();

/** A body that arrives piece by piece. */
export class Body {
  readonly #expectedBytes: number;
  readonly #spare: SpareMemory;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** A body that is likely to be as large as expected, should it turn out not to be small. */
  constructor(expectedBytes = 0, spare: SpareMemory = shared) {
    this.#expectedBytes = expectedBytes;
    this.#spare = spare;
  }

  /** Appends a piece; it may be used for something else afterwards. */
  add(piece: Uint8Array): void {
    const needed = this.#length + piece.byteLength;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  get length(): number {
    return this.#length;
  }

  /** What has arrived. It changes once the body was released. */
  get content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Ends the use of the body and of its content. */
  release(): void {
    this.#spare.give(this.#bytes);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
  }

  #grow(needed: number): void {
    const before = this.#bytes;
    const larger = needed < SMALL_BYTES ? Buffer.allocUnsafe(needed) : this.#spare.take(this.#wanted(needed));
    larger.set(this.content);
    this.#bytes = larger;
    this.#spare.give(before);
  }

  /** An eighth more than expected, since pages differ; where that was not enough, twice as much as there was. */
  #wanted(needed: number): number {
    const expected = this.#expectedBytes * 1.125;
    return needed <= expected ? expected : Math.max(needed, this.#bytes.length * 2);
  }
}
