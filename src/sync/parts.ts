/** The parts of a window together: what of them has to be staged, and what is the same as when it was last stored. */
import type { SpoolFolder } from '../warehouse/spool-folder.ts';
import type { DriftNote } from '../warehouse/warehouse.ts';
import { countDrift, Part, type PartOptions } from './part.ts';

/** The parts of one window, in the order in which they were begun; rows go into the last one. */
export class Parts implements AsyncDisposable {
  readonly #all: Part[] = [];
  readonly #stream: string;
  readonly #spools: SpoolFolder;

  constructor(stream: string, spools: SpoolFolder) {
    this.#stream = stream;
    this.#spools = spools;
  }

  /** Begins a part, which ends the one before. */
  async begin(options: PartOptions): Promise<Part> {
    await this.close();
    const part = await Part.open(options, this.#stream, this.#spools);
    this.#all.push(part);
    return part;
  }

  /** The part that was begun last; null before the first one. */
  get last(): Part | null {
    return this.#all.at(-1) ?? null;
  }

  /** Ends writing to the last part. */
  async close(): Promise<void> {
    await this.last?.close();
  }

  /** Parts that differ from what was last stored, as far as that is known. */
  get #wanted(): readonly Part[] {
    return this.#all.filter(({ isSame }) => !isSame);
  }

  /** Unknown properties of the parts that are to be stored; those of others were noted when they were stored. */
  get drift(): readonly DriftNote[] {
    const counts = new Map<string, DriftNote>();
    for (const part of this.#wanted) for (const note of part.drift.values()) countDrift(counts, note);
    return [...counts.values()];
  }

  /** Rows to stage. */
  get rows(): number {
    return this.#wanted.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** NDJSON files of the rows to stage; none where nothing arrived that is not stored as it is. */
  get files(): readonly string[] {
    return this.#wanted.filter(({ rows }) => rows > 0).map(({ path }) => path);
  }

  /** Values of the scope's column whose rows are the same as when they were last stored. */
  get same(): ReadonlySet<string> {
    return new Set(this.#all.filter(({ isSame }) => isSame).flatMap(({ values }) => values));
  }

  /** Digests of the parts, by name, as they have to be remembered. */
  get digests(): ReadonlyMap<string, string> {
    return new Map(
      this.#all.flatMap(({ name, digest }) => (digest === null ? [] : [[name, digest] as const])),
    );
  }

  /** How many rows are left out since they are stored as they came, and second copies of them. */
  get known(): { readonly unchanged: number; readonly duplicates: number } {
    let unchanged = 0;
    let duplicates = 0;
    for (const { isSame, rows, distinct } of this.#all) {
      if (!isSame) continue;
      unchanged += distinct;
      duplicates += rows - distinct;
    }
    return { unchanged, duplicates };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#all) await part[Symbol.asyncDispose]();
  }
}
