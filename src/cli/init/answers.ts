/** What `init` asks for, and what a file is written from. Types only. */

/** What happens to columns that describe persons: `hash` stores texts as keyed hashes and leaves the rest out. */
export const PERSONAL = ['keep', 'hash', 'exclude'] as const;

/** What happens to columns that are money. */
export const COMMERCIAL = ['keep', 'exclude'] as const;

/** Where a token is put that has no place yet, or that is to move. */
export const TOKEN_STORES = ['env', 'secret-manager'] as const;

/** Kinds of warehouse, the one that needs no account first. */
export const DESTINATIONS = ['duckdb', 'bigquery'] as const;

/** How much the token has to see. */
export const VISIBILITIES = ['full', 'partial'] as const;

export type Personal = (typeof PERSONAL)[number];
export type Commercial = (typeof COMMERCIAL)[number];
export type TokenStore = (typeof TOKEN_STORES)[number];
export type DestinationType = (typeof DESTINATIONS)[number];
export type Visibility = (typeof VISIBILITIES)[number];

/** What the command line says; null (or an empty list): not said. */
export interface Given {
  readonly accountId: string | null;
  readonly tokenReference: string | null;
  readonly storeToken: TokenStore | null;
  /** `sm://project/name` to make for the token. */
  readonly secret: string | null;
  readonly visibility: Visibility | null;
  readonly destination: DestinationType | null;
  readonly path: string | null;
  readonly project: string | null;
  readonly dataset: string | null;
  readonly location: string | null;
  readonly connector: string | null;
  readonly startDate: string | null;
  readonly streams: readonly string[];
  readonly exclude: readonly string[];
  readonly personal: Personal | null;
  readonly commercial: Commercial | null;
  readonly hashKeyReference: string | null;
}

/** Where the tables go. */
export type DestinationAnswer =
  | { readonly type: 'duckdb'; readonly path: string }
  | {
      readonly type: 'bigquery';
      readonly project: string;
      readonly dataset: string;
      readonly location: string;
      /** Whether the dataset was seen; false: it was not, and may be there all the same. */
      readonly isThere: boolean;
    };

/** Everything that a configuration is written from. No secret is in it, only where secrets are. */
export interface Answers {
  readonly connector: string;
  readonly accountId: string;
  /** As the file names it: `${NAME}`, `env://NAME`, `file:///path` or `sm://project/name#version`. */
  readonly token: string;
  readonly visibility: Visibility;
  readonly destination: DestinationAnswer;
  /** `YYYY-MM-DD`; null: everything. */
  readonly startDate: string | null;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Columns that are left out or hashed, by stream. */
  readonly columns: ReadonlyMap<string, ColumnAnswer>;
  /** As the file names it; null: no column is hashed. */
  readonly hashKey: string | null;
}

/** The choice for one stream; its lists are never both empty. */
export interface ColumnAnswer {
  readonly exclude: readonly string[];
  readonly hash: readonly string[];
}
