import { createHash, randomUUID } from 'node:crypto';
import type { SpoolFolder } from '../spool-folder.ts';
import { pathOf } from './live.ts';
import { label, type Jobs } from './orders.ts';
import type { TableRef } from './sql.ts';

/** Where a session works: its datasets, its jobs and its folder on this machine. */
export interface PlaceOptions {
  readonly project: string;
  readonly dataset: string;
  readonly stagingDataset: string;
  readonly connector: string;
  readonly jobs: Jobs;
  readonly spools: SpoolFolder;
  /** Whether the staging dataset lets its tables expire by itself. */
  readonly expires: boolean;
}

/** Staging tables of a run that was killed go after this time, in milliseconds; longer than any run. */
export const STAGING_EXPIRES_MS = 24 * 60 * 60 * 1000;

/** Where a session works. */
export class Place {
  readonly connector: string;
  readonly jobs: Jobs;
  readonly spools: SpoolFolder;
  readonly signal: AbortSignal;
  readonly #options: PlaceOptions;
  /** Not the run's id, which may be given twice: what an earlier attempt staged is another's. */
  readonly #session = randomUUID();
  readonly #names = new Map<string, number>();

  constructor(options: PlaceOptions) {
    this.#options = options;
    this.connector = options.connector;
    this.jobs = options.jobs;
    this.spools = options.spools;
    this.signal = options.jobs.defaults.session.signal;
  }

  /** A table of the dataset. */
  table(table: string): TableRef {
    return { project: this.#options.project, dataset: this.#options.dataset, table };
  }

  /** A table of the staging dataset. */
  staging(table: string): TableRef {
    return { project: this.#options.project, dataset: this.#options.stagingDataset, table };
  }

  /** How the names of staging tables begin that are this dataset's: others may stage beside it, whatever they are called. */
  get stagedPrefix(): string {
    const { project, dataset } = this.#options;
    const digest = createHash('sha256').update(`${project}.${dataset}`).digest('hex').slice(0, 8);
    return `${label(this.connector)}_${digest}__`;
  }

  /** A staging table of this dataset for some content. */
  staged(what: string, content: unknown): TableRef {
    return this.staging(`${this.stagedPrefix}${what}__${this.nameOf(content)}`);
  }

  /** A short name for staged content: another one for the same content staged again, or by another process. */
  nameOf(content: unknown): string {
    const text = JSON.stringify([this.#session, content]);
    const nth = (this.#names.get(text) ?? 0) + 1;
    this.#names.set(text, nth);
    return createHash('sha256').update(`${text}\n${nth}`).digest('hex').slice(0, 16);
  }

  /** Sees to it that a staging table goes by itself, where its dataset does not. */
  async letExpire(table: TableRef): Promise<void> {
    if (this.#options.expires) return;
    const body = { expirationTime: String(Date.now() + STAGING_EXPIRES_MS) };
    const what = `letting ${table.table} expire`;
    await this.jobs.client.ask({ method: 'PATCH', path: pathOf(table), body, what }, this.signal);
  }

  /** Drops a staging table. One that cannot be dropped expires. */
  async drop(table: TableRef): Promise<void> {
    const call = { method: 'DELETE', path: pathOf(table), what: `dropping ${table.table}` } as const;
    await this.jobs.client.once(call).catch(() => undefined);
  }
}
