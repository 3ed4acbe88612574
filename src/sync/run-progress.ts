/** What a run is asked for, what it works with, what is known of it so far, and how that reads as its result. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import type { Account } from '../harvest/account.ts';
import type { HarvestClient } from '../harvest/types.ts';
import type { Lock, WarehouseDoor } from '../warehouse/door.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Verification } from '../verification.ts';
import type { BackfillOrder } from './backfill/order.ts';
import type { Choice, StreamWords } from './choose.ts';
import type { RunContext } from './context.ts';
import { failureOf, type Emit, type Failure, type RunResult, type StreamResult } from '../events.ts';
import { outcomeOf } from './outcome.ts';
import type { Tally } from './tally.ts';
import type { Timeline } from './timeline.ts';

/** What a run is asked for. */
export interface RunOptions extends StreamWords {
  readonly command: string;
  readonly fullRefresh: boolean;
  /** A range of dates that is read again in place of what is due; absent: an ordinary run. */
  readonly backfill?: BackfillOrder;
  readonly allowShrink: boolean;
  /** Goes on although more rows would go than is plausible, or less can be seen than before. */
  readonly allowDeletes: boolean;
  /** Whether the run ends with a comparison of the warehouse with Harvest. */
  readonly verify: boolean;
  /** Nothing is synced or made: what is stored is compared, and the run noted. */
  readonly onlyVerify: boolean;
  readonly failFast: boolean;
  readonly runId: string;
  readonly timeoutMs: number | null;
}

/** Compares the streams of these names with Harvest, without writing anything. */
export type Verify = (context: RunContext, streams: ReadonlySet<string>) => Promise<Verification>;

/** What a run works with; built by the command line. */
export interface RunDeps {
  readonly config: Config;
  readonly catalog: Catalog;
  /** Makes the client; its events have to reach the given sink. */
  readonly openClient: (emit: Emit, signal: AbortSignal) => HarvestClient & AsyncDisposable;
  readonly door: WarehouseDoor;
  readonly verify: Verify;
  /** Asks whoever started the run a question of yes or no; absent: nobody can be asked. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly emit: Emit;
  /** Told of a failure that is a defect of the program, before the run ends. */
  readonly onDefect?: (error: ConnectorError) => void;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly version: string;
  /** What started the run, such as a Cloud Run execution; null for a person. */
  readonly execution: string | null;
}

/** What is known of a run so far; filled in step by step. */
export interface Progress {
  readonly begunAt: Date;
  readonly tally: Tally;
  readonly timeline: Timeline;
  readonly emit: Emit;
  choice: Choice | null;
  lock: Lock | null;
  warehouse: Warehouse | null;
  /** Whether the run that left its lock behind is noted as crashed. */
  isAbandonedNoted: boolean;
  account: Account | null;
  /** See RunContext.deletionsOff; null as long as it is not known. */
  deletionsOff: string | null;
  /** Whether the connector's own tables are there as they are to be. */
  isPrepared: boolean;
  isAnnounced: boolean;
  /** What the comparison with Harvest found; null: there was none. */
  verification: Verification | null;
  streams: readonly StreamResult[];
  renamed: number;
}

/** A run of which nothing is known yet. */
export function newProgress(
  now: () => Date,
  parts: Pick<Progress, 'tally' | 'timeline' | 'emit' | 'account'>,
): Progress {
  return {
    begunAt: now(),
    ...parts,
    choice: null,
    lock: null,
    warehouse: null,
    isAbandonedNoted: false,
    deletionsOff: null,
    isPrepared: false,
    isAnnounced: false,
    verification: null,
    streams: [],
    renamed: 0,
  };
}

/** The account as people know it: `Acme GmbH (123456)`, or its id before Harvest has answered. */
export function accountLabel({ config }: RunDeps, { account }: Progress): string {
  const { accountId } = config.harvest;
  return account?.name === undefined || account.name === null ? accountId : `${account.name} (${accountId})`;
}

/** The result of a run from what is known of it; `cause` is the failure of the run as a whole. */
export function resultOf(
  cause: ConnectorError | null,
  options: RunOptions,
  deps: RunDeps,
  progress: Progress,
): RunResult {
  const finishedAt = deps.now();
  const found = cause ?? differenceOf(progress);
  const failure: Failure | null = found === null ? null : failureOf(found);
  const { outcome, exitCode } = outcomeOf(progress.streams, failure);
  return {
    run_id: options.runId,
    command: options.command,
    outcome,
    exit_code: exitCode,
    account: accountLabel(deps, progress),
    warehouse: deps.door.label,
    started_at: progress.begunAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    seconds: (finishedAt.getTime() - progress.begunAt.getTime()) / 1000,
    totals: progress.tally.totals(),
    retried: progress.tally.retried,
    renamed: progress.renamed,
    streams: progress.streams,
    ...(progress.verification === null ? {} : { verification: progress.verification }),
    failure,
  };
}

/** What to do about differences that a repair has left. */
const AFTER_REPAIR =
  'A repair has left these. If Harvest changed meanwhile, harvest-bq sync brings it; else name the table: harvest-bq sync <table> --full-refresh';

/** A difference from Harvest fails a run of which nothing else failed. */
function differenceOf({ verification, streams }: Progress): ConnectorError | null {
  if (verification?.outcome !== 'differs' || streams.some(({ outcome }) => outcome === 'failed')) return null;
  const { differences, tables, repaired } = verification;
  return new ConnectorError(
    'VERIFY_DIFFERS',
    `${differences === 1 ? '1 difference' : `${differences} differences`} from Harvest in ${Object.keys(tables).join(', ')}`,
    repaired === undefined ? {} : { hint: AFTER_REPAIR },
  );
}
