/** What a verification looks at, and what it cannot look at. */
import { ConnectorError } from '../errors.ts';
import type { ChosenStream, RunContext } from '../sync/context.ts';
import type { LiveRows } from '../warehouse/checks.ts';
import type { DifferenceCause } from '../verification.ts';
import type { Findings } from './findings.ts';

/** One verification under way. */
export interface Scope {
  readonly context: RunContext;
  /** The streams to be compared, by name. */
  readonly streams: ReadonlyMap<string, ChosenStream>;
  readonly findings: Findings;
  /** Why the sums of a month differ, by stream of facts and month, as far as it was looked into. */
  readonly causes: Map<string, Map<string, DifferenceCause>>;
}

/** The streams among `names` that can be compared; the others are noted as left out. */
export function scopeOf(context: RunContext, names: ReadonlySet<string>, findings: Findings): Scope {
  const streams = new Map<string, ChosenStream>();
  for (const [name, chosen] of context.chosen) {
    if (!names.has(name)) continue;
    const reason = whyNot(chosen, context);
    if (reason === null) streams.set(name, chosen);
    else findings.leaveOut(name, reason);
  }
  return { context, streams, findings, causes: new Map() };
}

function whyNot({ stream }: ChosenStream, context: RunContext): string | null {
  if (stream.module !== undefined && context.account.modules[stream.module] === false)
    return `${stream.module}s are switched off in Harvest`;
  return context.states.cursor(stream.name) === null ? 'not loaded completely yet' : null;
}

/** A stream that the configuration selects and that is complete, whether it is compared or not; else null. */
export function complete(name: string, { context }: Scope): ChosenStream | null {
  const chosen = context.configured.get(name);
  return chosen === undefined || whyNot(chosen, context) !== null ? null : chosen;
}

/** The live rows of a stream's table. */
export function liveRowsOf({ table }: ChosenStream, { context }: Scope): LiveRows {
  return { table: table.name, key: table.primaryKey, deletes: context.config.sync.deletes };
}

/** Whether a column is stored as Harvest sends it: chosen, and not hashed. */
export function hasPlain({ columns }: ChosenStream, name: string): boolean {
  return columns.some((column) => column.name === name && column.hashed !== true);
}

/**
 * Does a check, and takes note of a table as left out where Harvest does not show it to this token.
 * @throws what the check throws otherwise
 */
export async function asVisible(table: string, scope: Scope, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    const isHidden =
      error instanceof ConnectorError &&
      error.code === 'HARVEST_FORBIDDEN' &&
      scope.context.config.harvest.visibility === 'partial';
    if (!isHidden) throw error;
    scope.findings.leaveOut(table, 'not visible to this token (visibility: partial)');
  }
}
