/**
 * Memory of large answers that nobody uses, kept for the next ones. It lies outside of the heap, where each new piece brings the
 * next collection of the whole heap nearer. Always holds: a piece is given to one at a time, and no more is kept
 * than is allowed.
 */

/** Bytes that are kept at most: what is read ahead, and the pages whose turn it is. */
const MOST_SPARE_BYTES = 32 * 2 ** 20;

/** Pieces are a multiple of this, so that pages that differ a little use the same ones. */
export const PIECE_BYTES = 512 * 1024;

/** Pieces that wait for their next use, the smallest one first. */
export class SpareMemory {
  readonly #mostBytes: number;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(mostBytes: number = MOST_SPARE_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A piece of at least so many bytes: the smallest one that is kept and fits, else a new one. */
  take(bytes: number): Buffer {
    const at = this.#pieces.findIndex(({ length }) => length >= bytes);
    return at < 0 ? Buffer.allocUnsafeSlow(Math.ceil(bytes / PIECE_BYTES) * PIECE_BYTES) : this.#remove(at);
  }

  /** Keeps a piece that nobody uses any more; the smallest ones make room for it. */
  give(piece: Buffer): void {
    if (piece.length < PIECE_BYTES || piece.length > this.#mostBytes) return;
    const at = this.#pieces.findIndex(({ length }) => length >= piece.length);
    this.#pieces.splice(at < 0 ? this.#pieces.length : at, 0, piece);
    this.#bytes += piece.length;
    while (this.#bytes > this.#mostBytes) this.#remove(0);
  }

  #remove(at: number): Buffer {
    const [piece = Buffer.alloc(0)] = this.#pieces.splice(at, 1);
    this.#bytes -= piece.length;
    return piece;
  }
}
