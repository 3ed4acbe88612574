import { open, rm, type FileHandle } from 'node:fs/promises';
import { classify } from '../classify/classify.ts';
import type { Row } from './table.ts';

/** Characters that are gathered before they go to the disk in one call. */
const BLOCK_CHARACTERS = 256 * 1024;

/** Half of a surrogate pair as JSON.stringify writes it; no warehouse reads that. */
const LONE_SURROGATE = /\\ud[89ab][0-9a-f]{2}/i;

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
  /** Ends writing; the rows stay until the spool is disposed of. */
  close(): Promise<void>;
}

/**
 * A file of rows on their way to the warehouse: NDJSON, one row a line, with `_seq` where a row has none of its own.
 * Memory holds one block at most; `write` waits for the disk.
 */
export class Spool implements RowSpool {
  readonly path: string;
  #rows = 0;
  #bytes = 0;
  #block: string[] = [];
  #blockCharacters = 0;
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
      this.#block.push(line);
      this.#blockCharacters += line.length;
      this.#rows++;
      if (this.#blockCharacters >= BLOCK_CHARACTERS) await this.#flush();
    }
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
    this.#block = [];
    this.#blockCharacters = 0;
    await this.close().catch(() => undefined);
    await rm(this.path, { force: true });
  }

  #lineOf(row: Row): string {
    const json = JSON.stringify(row);
    const line = LONE_SURROGATE.test(json) ? JSON.stringify(row, wellFormed) : json;
    if ('_seq' in row) return `${line}\n`;
    const seq = `{"_seq":${this.#sequence.next++}`;
    return line === '{}' ? `${seq}}\n` : `${seq},${line.slice(1)}\n`;
  }

  #flush(): Promise<void> {
    const block = this.#block.join('');
    this.#block = [];
    this.#blockCharacters = 0;
    this.#tail = this.#tail.then(() => this.#append(block));
    return this.#tail;
  }

  async #append(block: string): Promise<void> {
    if (block === '') return;
    const bytes = Buffer.from(block, 'utf8');
    try {
      await this.#file.appendFile(bytes);
      this.#bytes += bytes.length;
    } catch (error) {
      throw classify(error, { warehousePath: this.path });
    }
  }
}

/** A JSON.stringify replacer that puts U+FFFD where half of a pair stands alone. */
function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
