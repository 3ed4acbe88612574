/** Whether so many rows may go. A mass deletion looks the same as a token that lost its rights. */
import { ConnectorError } from '../../errors.ts';
import type { RunContext } from '../context.ts';

/** So many rows may always go. */
const FREE_DELETIONS = 20;

/** How many rows of a table a run has let go, or is about to. */
export interface Going {
  readonly stream: string;
  /** Rows that are to go now. */
  readonly rows: number;
  /** Live rows that the table has before. */
  readonly live: number;
  /** Some of their keys, for people. */
  readonly keys: readonly string[];
}

/** How many rows may go at once. Pure. */
export function mostDeletions(live: number, maxShare: number): number {
  return Math.max(FREE_DELETIONS, Math.floor(live * maxShare));
}

/**
 * Takes rows off what a run may let go of a table.
 * @throws ConnectorError DELETES_IMPLAUSIBLE
 */
export function allowDeletions(going: Going, context: RunContext): void {
  const { stream, rows, live, keys } = going;
  const { config, allowDeletes, deletions } = context;
  const before = deletions.get(stream) ?? { rows: 0, live };
  const sum = before.rows + rows;
  const most = mostDeletions(before.live, config.sync.maxDeleteShare);
  if (sum > most && !allowDeletes) {
    const share = ((100 * sum) / Math.max(1, before.live)).toFixed(1);
    const limit = Math.round(100 * config.sync.maxDeleteShare);
    const some = keys.length === 0 ? '' : ` (${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', …' : ''})`;
    const already =
      before.rows === 0 ? 'None of them was touched.' : `${before.rows} of them went before in this run.`;
    throw new ConnectorError(
      'DELETES_IMPLAUSIBLE',
      `${stream} would lose ${sum} of ${before.live} rows${some}: ${share} %, more than sync.max_delete_share of ${limit} %. ${already}`,
      { stream, details: { table: stream, going: sum, rows: before.live, keys: keys.slice(0, 20) } },
    );
  }
  deletions.set(stream, { rows: sum, live: before.live });
}
