import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { classify } from '../../classify/classify.ts';
import { Block } from '../block.ts';

/** A file of lines that is written once and knows its size and SHA-256. */
export class BlockFile implements AsyncDisposable {
  readonly path: string;
  bytes = 0;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #block: Block | null = null;

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
  line(text: string): Promise<void> {
    return this.lines([text]);
  }

  /** Appends lines. @throws ConnectorError DISK_FULL */
  async lines(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      if (this.#block?.add(text) === true) continue;
      await this.#flush();
      this.#block = Block.startingWith(text);
    }
  }

  /** Brings everything to the disk; SHA-256 of the content, hexadecimal. */
  async end(): Promise<string> {
    await this.#flush();
    return this.#hash.digest('hex');
  }

  async #flush(): Promise<void> {
    const block = this.#block;
    if (block === null) return;
    this.#block = null;
    const { content } = block;
    this.#hash.update(content);
    try {
      await this.#file.appendFile(content);
    } catch (error) {
      throw classify(error, { warehousePath: this.path });
    } finally {
      block.release();
    }
    this.bytes += content.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#block?.release();
    this.#block = null;
    await this.#file.close();
  }
}
