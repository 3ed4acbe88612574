import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { classify } from '../../classify/classify.ts';

/** Characters that are gathered before they go to the disk in one call. */
const BLOCK_CHARACTERS = 256 * 1024;

/** A file of lines that is written once and knows its size and SHA-256. */
export class BlockFile implements AsyncDisposable {
  readonly path: string;
  bytes = 0;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #block: string[] = [];
  #characters = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Creates the file, which must not exist. @throws ConnectorError DISK_FULL, WAREHOUSE_UNWRITABLE */
  static async create(path: string): Promise<BlockFile> {
    try {
      return new BlockFile(path, await open(path, 'wx', 0o600));
    } catch (error) {
      throw classify(error, { warehousePath: path });
    }
  }

  /** Appends a line. @throws ConnectorError DISK_FULL */
  async line(text: string): Promise<void> {
    this.#block.push(text, '\n');
    this.#characters += text.length + 1;
    if (this.#characters >= BLOCK_CHARACTERS) await this.#flush();
  }

  /** Brings everything to the disk; SHA-256 of the content, hexadecimal. */
  async end(): Promise<string> {
    await this.#flush();
    return this.#hash.digest('hex');
  }

  async #flush(): Promise<void> {
    const block = Buffer.from(this.#block.join(''), 'utf8');
    this.#block = [];
    this.#characters = 0;
    this.#hash.update(block);
    try {
      await this.#file.appendFile(block);
    } catch (error) {
      throw classify(error, { warehousePath: this.path });
    }
    this.bytes += block.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
