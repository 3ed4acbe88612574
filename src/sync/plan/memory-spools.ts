/** Rows of a plan: they stay in memory, so that nothing is written anywhere. */
import type { RowSpool } from '../../warehouse/spool.ts';
import type { SpoolFolder } from '../../warehouse/spool-folder.ts';
import type { Row } from '../../warehouse/table.ts';

/** A folder that is none: what was put there is found under its path until it is disposed of. */
export class MemorySpools implements SpoolFolder {
  readonly path = 'memory:';
  readonly #rows = new Map<string, Row[]>();
  #opened = 0;

  open(): Promise<RowSpool> {
    const rows: Row[] = [];
    this.#opened += 1;
    const path = `${this.path}${this.#opened}`;
    this.#rows.set(path, rows);
    return Promise.resolve({
      path,
      get rows() {
        return rows.length;
      },
      bytes: 0,
      write: (some) => {
        rows.push(...some);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => {
        this.#rows.delete(path);
        return Promise.resolve();
      },
    });
  }

  /** The rows under some paths, in their order. */
  read(paths: readonly string[]): readonly Row[] {
    return paths.flatMap((path) => this.#rows.get(path) ?? []);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#rows.clear();
    return Promise.resolve();
  }
}
