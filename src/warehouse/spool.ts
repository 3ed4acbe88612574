import { open, rm, type FileHandle } from 'node:fs/promises';
import { classify } from '../classify/classify.ts';
import { Block } from './block.ts';
import type { Row } from './table.ts';

/** Half of a surrogate pair as JSON.stringify writes it, and how it begins; no warehouse reads that. */
const LONE_SURROGATE = /\\ud[89ab][0-9a-f]{2}/;
const ESCAPED_SURROGATE = '\\ud';

/** What became of a row that was to be written as bytes. `full`: nothing, before there is room for it. */
export type Appended = 'written' | 'refused' | 'full';

/** Where rows can be written as the bytes of their lines. */
export interface RowLines {
  /**
   * Appends a row of at most so many bytes: `write` puts `,"name":value}` into the bytes from a place on and answers the end, or
   * a negative number to leave it.
   */
  append(mostBytes: number, write: (bytes: Buffer, at: number) => number): Appended;
  /** Makes room for a row of so many bytes; resolves when the disk has what was there. */
  makeRoom(mostBytes: number): Promise<void>;
}

/** Rows on their way to the warehouse, wherever they are put. */
export interface RowSpool extends AsyncDisposable {
  /** Where the warehouse finds them once the spool is closed. */
  readonly path: string;
  /** Rows written so far. */
  readonly rows: number;
  /** Bytes that have been put there so far. */
  readonly bytes: number;
  /** Appends rows in their order; resolves when there is room for more. */
  write(rows: readonly Row[]): Promise<void>;
  /** Absent: rows cannot be written as bytes there. */
  readonly lines?: RowLines;
  /** Ends writing; the rows stay until the spool is disposed of. */
  close(): Promise<void>;
}

/** `{"_seq":` and its number. */
const SEQUENCE_BYTES = 32;

/**
 * A file of rows on their way to the warehouse: NDJSON, one row a line, with `_seq` where a row has none of its own.
 * Memory holds two blocks at most; `write` waits for the disk.
 */
export class Spool implements RowSpool, RowLines {
  readonly path: string;
  readonly lines = this;
  #rows = 0;
  #bytes = 0;
  #block: Block | null = null;
  #tail: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #file: FileHandle;
  readonly #sequence: { next: number };

  private constructor(path: string, file: FileHandle, sequence: { next: number }) {
    this.path = path;
    this.#file = file;
    this.#sequence = sequence;
  }

  /**
   * Creates the file, which must not exist; `sequence.next` is the next `_seq` and is counted up.
   * @throws ConnectorError DISK_FULL, WAREHOUSE_UNWRITABLE
   */
  static async create(path: string, sequence: { next: number } = { next: 1 }): Promise<Spool> {
    try {
      return new Spool(path, await open(path, 'wx', 0o600), sequence);
    } catch (error) {
      throw classify(error, { warehousePath: path });
    }
  }

  /** Rows written so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes that have reached the file so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends rows in their order; resolves when there is room for more.
   * @throws ConnectorError DISK_FULL
   */
  async write(rows: readonly Row[]): Promise<void> {
    for (const row of rows) {
      const line = this.#lineOf(row);
      this.#rows++;
      if (this.#block?.add(line) === true) continue;
      const written = this.#flush();
      this.#block = Block.startingWith(line);
      await written;
    }
  }

  append(mostBytes: number, write: (bytes: Buffer, at: number) => number): Appended {
    if (this.#block?.hasRoom(mostBytes + SEQUENCE_BYTES) !== true) return 'full';
    const sequence = `{"_seq":${this.#sequence.next}`;
    const isWritten = this.#block.addWritten((bytes, at) =>
      write(bytes, at + bytes.write(sequence, at, 'latin1')),
    );
    if (!isWritten) return 'refused';
    this.#sequence.next += 1;
    this.#rows += 1;
    return 'written';
  }

  /** @throws ConnectorError DISK_FULL */
  async makeRoom(mostBytes: number): Promise<void> {
    const written = this.#flush();
    this.#block = Block.withRoom(mostBytes + SEQUENCE_BYTES);
    await written;
  }

  /** Brings everything to the file and closes it; the file stays until the spool is disposed of. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#flush();
    } finally {
      await this.#file.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#block?.release();
    this.#block = null;
    await this.close().catch(() => undefined);
    await rm(this.path, { force: true });
  }

  #lineOf(row: Row): string {
    const json = JSON.stringify(row);
    const isOdd = json.includes(ESCAPED_SURROGATE) && LONE_SURROGATE.test(json);
    const line = isOdd ? JSON.stringify(row, wellFormed) : json;
    if ('_seq' in row) return line;
    const seq = `{"_seq":${this.#sequence.next++}`;
    return line === '{}' ? `${seq}}` : `${seq},${line.slice(1)}`;
  }

  /** Sends the block on its way; what comes from now on stands in another one. */
  #flush(): Promise<void> {
    const block = this.#block;
    this.#block = null;
    if (block !== null) this.#tail = this.#tail.then(() => this.#append(block));
    return this.#tail;
  }

  async #append(block: Block): Promise<void> {
    try {
      await this.#file.appendFile(block.content);
      this.#bytes += block.content.length;
    } catch (error) {
      throw classify(error, { warehousePath: this.path });
    } finally {
      block.release();
    }
  }
}

/** A JSON.stringify replacer that puts U+FFFD where half of a pair stands alone. */
function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
