/** Bytes that are gathered before they go to the disk in one call. */
const BLOCK_BYTES = 256 * 1024;

/** A UTF-16 unit takes three bytes at most as UTF-8. */
const BYTES_PER_CHARACTER = 3;

/** Blocks that nobody uses; kept, since memory outside of the heap is costly to get and to give back. */
const spare: Buffer[] = [];
const MOST_SPARE = 4;

const LINE_FEED = 0x0a;

/** Lines of text on their way to a file, as the bytes that will stand there. */
export class Block {
  #length = 0;
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A block with its first line, however long that is. */
  static startingWith(line: string): Block {
    const most = line.length * BYTES_PER_CHARACTER + 1;
    const block = Block.withRoom(most);
    block.add(line);
    return block;
  }

  /** A block without a line yet, with room for one of so many bytes. */
  static withRoom(bytes: number): Block {
    return new Block(
      bytes > BLOCK_BYTES ? Buffer.allocUnsafe(bytes) : (spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)),
    );
  }

  /** Whether a line of so many bytes, line feed included, can be appended. */
  hasRoom(bytes: number): boolean {
    return bytes <= this.#bytes.length - this.#length;
  }

  /**
   * Appends what `write` puts into the bytes from a place on, and a line feed; false where it answers a negative end, and
   * nothing was done. There has to be room for all that it may write.
   */
  addWritten(write: (bytes: Buffer, at: number) => number): boolean {
    const end = write(this.#bytes, this.#length);
    if (end < 0) return false;
    this.#bytes[end] = LINE_FEED;
    this.#length = end + 1;
    return true;
  }

  /** Appends a line and its line feed; false where there may be no room for it, and nothing was done. */
  add(line: string): boolean {
    const room = this.#bytes.length - this.#length;
    if (line.length * BYTES_PER_CHARACTER + 1 > room) return false;
    this.#length += this.#bytes.write(line, this.#length, 'utf8');
    this.#bytes[this.#length++] = LINE_FEED;
    return true;
  }

  /** What the lines are as UTF-8. */
  get content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Ends the use of the block and of its content. */
  release(): void {
    if (this.#bytes.length === BLOCK_BYTES && spare.length < MOST_SPARE) spare.push(this.#bytes);
  }
}
