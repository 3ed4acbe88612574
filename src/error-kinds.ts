/** What kinds of failure there are, and what a line of the table of errors says. */

/** What kind of failure it is: decides the exit code and whether a retry can help. */
export type ErrorKind =
  'usage' | 'config' | 'auth' | 'transient' | 'conflict' | 'data' | 'interrupted' | 'internal';

/** The process's exit code for each kind. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  usage: 2,
  config: 3,
  auth: 4,
  transient: 6,
  conflict: 7,
  data: 8,
  interrupted: 130,
};

/** What a scheduler that sees a failure of this kind should do. */
export const RETRIES: Readonly<Record<ErrorKind, string>> = {
  internal: 'retry once, alert',
  usage: 'do not retry',
  config: 'do not retry',
  auth: 'do not retry, alert',
  transient: 'retry later',
  conflict: 'skip',
  data: 'do not retry, alert a person',
  interrupted: 'retry: it goes on',
};

/** The exit code of a run in which some streams failed and others are committed. */
export const EXIT_PARTIAL = 5;

/** One line of the table. */
export interface ErrorSpec {
  readonly kind: ErrorKind;
  /** What it means, in one sentence. */
  readonly meaning: string;
  /** Why it usually happens. */
  readonly cause: string;
  /** What to do next, in the imperative. A call site may give a more exact one. */
  readonly hint: string;
}

/** One line of the table, in the order of its columns. */
export const spec = (kind: ErrorKind, meaning: string, cause: string, hint: string): ErrorSpec => ({
  kind,
  meaning,
  cause,
  hint,
});
