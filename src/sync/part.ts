/**
 * The rows of one part of a window on their way to the warehouse: a report month, or everything that is asked for.
 * Each part has a file of its own, so that a part whose content is the same as when it was last stored can be left
 * out.
 */
import type { RowLines, RowSpool } from '../warehouse/spool.ts';
import type { SpoolFolder } from '../warehouse/spool-folder.ts';
import type { Row } from '../warehouse/table.ts';
import type { DriftNote, TableLoad } from '../warehouse/warehouse.ts';
import { contentDigest, rowDigest, type SeenDrift } from './digest.ts';

/** What a part is, and what is known of it. */
export interface PartOptions {
  /** The value of the scope's column that the part stands for; the empty text where the scope is not divided. */
  readonly name: string;
  /** The values of the scope's column that the part stands for, where they are not just its name. */
  readonly values?: readonly string[];
  /** How its content is compared with what was last stored; null: it is not, and nothing is hashed. */
  readonly digest: {
    readonly remembered: string | undefined;
    readonly deletes: TableLoad['deletes'];
    /** How many of its hex digits are kept; absent: all. */
    readonly digits?: number;
  } | null;
}

/** Adds one unknown property to a count of them. */
export function countDrift(counts: Map<string, DriftNote>, note: DriftNote): void {
  const id = `${note.path}\n${note.typeSeen}`;
  const occurrences = (counts.get(id)?.occurrences ?? 0) + note.occurrences;
  counts.set(id, { ...note, occurrences });
}

/** One part of a window. */
export class Part implements AsyncDisposable {
  readonly name: string;
  readonly drift = new Map<string, DriftNote>();
  readonly #options: PartOptions;
  readonly #stream: string;
  readonly #spool: RowSpool;
  /** Row digests by key; null: the part has no digest. */
  #rows: Map<string, string> | null;
  #digest: string | null = null;
  #distinct = 0;

  private constructor(options: PartOptions, stream: string, spool: RowSpool) {
    this.name = options.name;
    this.#options = options;
    this.#stream = stream;
    this.#spool = spool;
    this.#rows = options.digest === null ? null : new Map();
  }

  static async open(options: PartOptions, stream: string, spools: SpoolFolder): Promise<Part> {
    return new Part(options, stream, await spools.open());
  }

  /** Takes note of a row that is going to be written. */
  see(key: string, row: Row, drift: readonly SeenDrift[]): void {
    this.noteDrift(drift);
    if (this.#rows === null) return;
    const digest = rowDigest(row, drift);
    const other = this.#rows.get(key);
    // of two versions the order decides which is stored, and the digest does not tell the order
    if (other !== undefined && other !== digest) this.distrust();
    else this.#rows.set(key, digest);
  }

  noteDrift(drift: readonly SeenDrift[]): void {
    for (const { path, typeSeen } of drift) {
      countDrift(this.drift, { stream: this.#stream, path, typeSeen, occurrences: 1 });
    }
  }

  /** Gives up the digest: a record was rejected or has to go, so that the rows are not all there is to the part. */
  distrust(): void {
    this.#rows = null;
  }

  write(rows: readonly Row[]): Promise<void> {
    return this.#spool.write(rows);
  }

  /** Where rows can be written that nobody has to see; null: each has to be. */
  get lines(): RowLines | null {
    return this.#options.digest === null ? (this.#spool.lines ?? null) : null;
  }

  /** Ends writing and forgets the single rows. */
  async close(): Promise<void> {
    await this.#spool.close();
    if (this.#rows === null || this.#options.digest === null) return;
    const { deletes, digits } = this.#options.digest;
    this.#distinct = this.#rows.size;
    this.#digest = contentDigest(this.#rows.values(), deletes).slice(0, digits);
    this.#rows = null;
  }

  /** The digest of the closed part; null where it has none. */
  get digest(): string | null {
    return this.#digest;
  }

  /** Whether the closed part holds what was last stored. */
  get isSame(): boolean {
    return this.#digest !== null && this.#digest === this.#options.digest?.remembered;
  }

  /** The values of the scope's column that the part stands for. */
  get values(): readonly string[] {
    return this.#options.values ?? [this.name];
  }

  /** Rows that were written. */
  get rows(): number {
    return this.#spool.rows;
  }

  /** Distinct keys among the rows of a closed part that has a digest. */
  get distinct(): number {
    return this.#distinct;
  }

  /** The NDJSON file of the rows. */
  get path(): string {
    return this.#spool.path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool[Symbol.asyncDispose]();
  }
}
