/** What a verification looks at, and what it cannot look at. */
import { ConnectorError } from '../errors.ts';
import type { ChosenStream, RunContext } from '../sync/context.ts';
import { shapeErased } from '../sync/erase/eraser.ts';
import { compileShaper } from '../sync/row.ts';
import type { LiveRows } from '../warehouse/checks.ts';
import { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import { readProjects, type ProjectFacts } from './projects.ts';
import type { Cause } from './rejected.ts';

/** One verification under way. */
export interface Scope {
  readonly context: RunContext;
  /** The streams to be compared, by name. */
  readonly streams: ReadonlyMap<string, ChosenStream>;
  readonly findings: Findings;
  /** Tells whether a cell lags. */
  readonly evidence: Evidence;
  /** All projects as Harvest has them, read when they are first asked for. */
  readonly projects: () => Promise<ReadonlyMap<string, ProjectFacts>>;
  /** Why the sums of a month differ, by stream of facts and month, as far as it was looked into. */
  readonly causes: Map<string, Map<string, Cause>>;
}

/** The streams among `names` that can be compared; the others are noted as left out. */
export async function scopeOf(
  context: RunContext,
  names: ReadonlySet<string>,
  findings: Findings,
): Promise<Scope> {
  const asked = [...context.chosen.values()].filter(({ stream }) => names.has(stream.name));
  const there = await context.warehouse.checks.readColumns(asked.map(({ table }) => table.name));
  const streams = new Map<string, ChosenStream>();
  for (const chosen of asked) {
    const { name } = chosen.stream;
    const reason = whyNot(chosen, context);
    const columns = there.get(chosen.table.name);
    if (reason !== null) findings.leaveOut(name, reason);
    else if (columns === undefined)
      findings.add({ kind: 'count', table: name, column: 'table', harvest: 'a table' });
    else streams.set(name, withColumns(chosen, columns, { context, findings }));
  }
  let projects: Promise<ReadonlyMap<string, ProjectFacts>> | null = null;
  return {
    context,
    streams,
    findings,
    evidence: new Evidence(context),
    projects: () => (projects ??= readProjects(context)),
    causes: new Map(),
  };
}

/** A stream without the columns that its table does not have yet. */
function withColumns(
  chosen: ChosenStream,
  there: readonly string[],
  { context, findings }: Pick<Scope, 'context' | 'findings'>,
): ChosenStream {
  const { stream, table } = chosen;
  const has = ({ name }: { readonly name: string }): boolean => there.includes(name);
  const columns = chosen.columns.filter(has);
  if (columns.length === chosen.columns.length) return chosen;
  const missing = chosen.columns.filter((column) => !has(column)).map(({ name }) => name);
  findings.leaveOut(stream.name, `${missing.join(', ')}: the table does not have them yet`);
  const hashKey = context.config.sync.hashKey?.reveal() ?? null;
  const shape = compileShaper({
    all: stream.columns,
    chosen: columns,
    primaryKey: stream.primary_key,
    hashKey,
  });
  const { erase } = chosen;
  return {
    ...chosen,
    columns,
    shape: erase === undefined ? shape : shapeErased(shape, stream, erase),
    table: { ...table, columns: table.columns.filter(has) },
  };
}

function whyNot({ stream }: ChosenStream, context: RunContext): string | null {
  if (stream.module !== undefined && context.account.modules[stream.module] === false)
    return `${stream.module}s are switched off in Harvest`;
  return context.states.cursor(stream.name) === null ? 'not loaded completely yet' : null;
}

/** A stream that the configuration selects and that is complete, whether it is compared or not; else null. */
export function complete(name: string, { context, streams }: Scope): ChosenStream | null {
  const chosen = streams.get(name) ?? context.configured.get(name);
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
