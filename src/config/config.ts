/** The configuration after files, environment, references and defaults are put together: what the program works with. */
import type { AddedColumns } from '../catalog/added-columns.ts';
import type { Position } from './problem.ts';
import type { Secret } from './secret.ts';

export interface HarvestConfig {
  readonly accountId: string;
  /** A personal access token, or the client for refreshing an OAuth token. */
  readonly login:
    | { readonly kind: 'token'; readonly accessToken: Secret }
    | {
        readonly kind: 'oauth';
        readonly clientId: string;
        readonly clientSecret: Secret;
        readonly refreshToken: Secret;
      };
  /** Without a trailing slash, such as https://api.harvestapp.com/v2 */
  readonly baseUrl: string;
  /** Without a trailing slash, such as https://id.getharvest.com */
  readonly identityUrl: string;
  readonly userAgent: string;
  /** Requests per window: 15 s for general, 15 min for reports. null: no limit. */
  readonly limits: { readonly general: number | null; readonly reports: number | null };
  readonly visibility: 'full' | 'partial';
}

export interface DuckDbDestination {
  readonly type: 'duckdb';
  /** Absolute path of the file. */
  readonly path: string;
}

export interface BigQueryDestination {
  readonly type: 'bigquery';
  readonly project: string;
  readonly dataset: string;
  /** Where the dataset has to be; null: where it is, or BigQuery's default for a new one. */
  readonly location: string | null;
  readonly stagingDataset: string;
  /** Cap of one query job, in bytes. */
  readonly maximumBytesBilled: number;
  /** E-mail address of the service account to act as; null: as whoever is logged in. */
  readonly impersonateServiceAccount: string | null;
  /** Address of the API without a trailing slash; null: Google's own. */
  readonly apiEndpoint: string | null;
}

export interface SyncConfig {
  readonly concurrency: number;
  readonly overlapMs: number;
  /** How often account-wide streams are listed in full; 0: on every run. */
  readonly sweepEveryMs: number;
  /** Within this time every parent's children and every old report month are read again; 0: on every run. */
  readonly sweepChildrenEveryMs: number;
  readonly restateMonths: number;
  readonly deletes: 'remove' | 'mark' | 'keep';
  /** A run that would lose more than this share of a table, 0 to 1, is refused. */
  readonly maxDeleteShare: number;
  /** Whether a run ends with the quick form of verify. */
  readonly verify: boolean;
  readonly onInvalid: 'reject' | 'fail';
  /** Names of the streams whose rows have a history; those that do not take part are of no effect. */
  readonly history: readonly string[];
  /** null: no limit. */
  readonly timeoutMs: number | null;
  /** Key of the column hash; absent unless configured. */
  readonly hashKey: Secret | null;
}

/** Which columns of a stream are wanted; names as in the table, `line_items.description` for fields of a list. */
export interface ColumnChoice {
  readonly include: readonly string[] | null;
  readonly exclude: readonly string[];
  readonly hash: readonly string[];
  /** Properties that no schema knows, by their path, as columns of a type. */
  readonly add?: AddedColumns;
}

export interface Config {
  /** Name of the connector; names the default dataset or file. */
  readonly connector: string;
  readonly harvest: HarvestConfig;
  /** First calendar date that dated facts are stored from, `YYYY-MM-DD`; null: everything. */
  readonly startDate: string | null;
  readonly destination: DuckDbDestination | BigQueryDestination;
  readonly sync: SyncConfig;
  readonly streams: {
    readonly include: readonly string[];
    readonly exclude: readonly string[];
    readonly overrides: ReadonlyMap<string, ColumnChoice>;
  };
  /** The file it came from, or null when the environment alone was enough. */
  readonly file: string | null;
  /** Where each value came from, by its path in the file: `flag`, `environment HARVEST_BQ_…`, `file`, `default`. */
  readonly origins: ReadonlyMap<string, string>;
  /** Where each value stands in the file, by its path such as `streams.include[0]`; absent without a file. */
  readonly places?: ReadonlyMap<string, Position>;
}
