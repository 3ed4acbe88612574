/** What `status` shows: every stream, worst first, or the runs. Pure but for the clock. */
import type { Stream } from '../catalog/stream.ts';
import { ConnectorError } from '../errors.ts';
import { formatAge, formatCount, formatInstant, plural } from '../report/quantity.ts';
import { renderTable } from '../report/table.ts';
import { worstFirst } from '../report/worst-first.ts';
import type { LockOwner } from '../warehouse/door.ts';
import type { CliContext } from './context.ts';
import { driftLines, type DriftStatus } from './drift-status.ts';
import { numberOf } from './flags.ts';
import { toIso, type RunRow, type StreamStatus, type WarehouseStatus } from './freshness.ts';
import { done, factsOf, type Outcome } from './outcome.ts';
import type { Invocation } from './program.ts';
import { quoted } from './program-name.ts';
import { runFacts } from './run-facts.ts';
import type { WarehousePlace } from './warehouse-door.ts';

/** Lines of a table in which all is well. */
const FEW = 10;

/** What was found in a warehouse. */
export interface Seen {
  readonly place: WarehousePlace;
  readonly owner: LockOwner | null;
  readonly status: WarehouseStatus;
  readonly drift: DriftStatus;
  /** The streams that were asked for. */
  readonly selected: readonly Stream[];
}

/** `run 01KAC… (sync) has been at work for 12 min: process 4711 on host`. */
export function workText(owner: LockOwner, context: CliContext): string {
  const age = formatAge(context.now().getTime() - Date.parse(owner.started));
  return `run ${owner.run_id} (${owner.command}) has been at work for ${age}: process ${owner.pid} on ${owner.host}`;
}

/** The streams, worst first; with --max-age those that are older, which is a failure. */
export function showStreams(seen: Seen, invocation: Invocation, context: CliContext): Outcome {
  const maxAgeMs = numberOf(invocation.flags, 'maxAge');
  const { place, owner, status } = seen;
  const stale = status.streams.filter((stream) => isStale(stream, maxAgeMs));
  const onlyFailed = invocation.flags['failed'] === true;
  const failed = onlyFailed ? status.streams.filter(isFailed) : status.streams;
  const sorted = (maxAgeMs === null ? failed : stale).toSorted(worstFirst);
  const isWhole = context.globals.verbose || maxAgeMs !== null;
  const troubles = isWhole ? sorted.length : sorted.filter(isTroubled).length;
  const shown = sorted.slice(0, Math.max(FEW, troubles));
  const lines = shown.length === 0 ? [] : ['', ...streamTable(shown, seen, context)];
  const rest = sorted.length - shown.length;
  if (rest > 0) lines.push(`  … ${rest} more, all fine (--verbose)`);
  if (shown.length === 0) lines.push(...contentLines(status.streams, maxAgeMs));
  const data = {
    warehouse: place.id,
    lock: owner,
    last_run: status.runs[0] === undefined ? null : runFacts(status.runs[0]),
    sight: status.sight,
    drift: seen.drift,
    streams: sorted,
    runs: null,
  };
  const text = [
    headline(seen, context),
    ...sightLines(status),
    ...driftLines(seen.drift),
    ...lines,
    ...nextLines(sorted, stale.length === status.streams.length ? invocation.args : null, maxAgeMs !== null),
  ].join('\n');
  if (maxAgeMs === null || stale.length === 0) return done(data, text);
  const names = stale.map(({ stream }) => stream).join(', ');
  const failure = new ConnectorError(
    'STATUS_STALE',
    `${plural(stale.length, 'stream')} older than ${ageText(maxAgeMs)}: ${names}`,
  );
  return { exitCode: failure.exitCode, data, text, failure: factsOf(failure) };
}

/** The newest runs; with --failed those that did not go well. */
export function showRuns(seen: Seen, invocation: Invocation, context: CliContext): Outcome {
  const { place, owner, status } = seen;
  const runs = status.runs.filter((run) => invocation.flags['failed'] !== true || run['outcome'] !== 'ok');
  const rows = runs.map((run) => [
    run['run_id'] ?? '',
    instant(run['started_at']),
    run['command'] ?? '',
    run['outcome'] ?? '',
    run['exit_code'] ?? '–',
    ...['rows_fetched', 'rows_loaded', 'rows_rejected', 'requests'].map((name) =>
      formatCount(Number(run[name] ?? 0)),
    ),
  ]);
  const right = { align: 'right' } as const;
  const table = renderTable(
    [
      { title: 'run' },
      { title: 'started (UTC)' },
      { title: 'command' },
      { title: 'outcome' },
      { title: 'exit', ...right },
      { title: 'fetched', ...right },
      { title: 'loaded', ...right },
      { title: 'rejected', ...right },
      { title: 'requests', ...right },
    ],
    rows,
    context.stdout.width,
  );
  const text = [
    headline(seen, context),
    ...sightLines(status),
    '',
    ...(rows.length === 0 ? ['  no such run'] : table),
  ].join('\n');
  return done({ warehouse: place.id, lock: owner, streams: null, runs: runs.map(runFacts) }, text);
}

function streamTable(
  streams: readonly StreamStatus[],
  { selected, status: { sight } }: Seen,
  context: CliContext,
): readonly string[] {
  const isOff = (name: string): boolean => {
    const module = selected.find((stream) => stream.name === name)?.module;
    return module !== undefined && sight?.modules[module] === false;
  };
  const rows = streams.map((stream) => [
    stream.stream,
    stream.fresh_to === null ? 'never' : formatInstant(stream.fresh_to),
    stream.age_seconds === null ? '–' : formatAge(stream.age_seconds * 1000),
    resultText(stream, isOff(stream.stream)),
    stream.rows === null ? '–' : formatCount(stream.rows),
    formatCount(stream.rejects_7d),
  ]);
  return renderTable(
    [
      { title: 'stream' },
      { title: 'fresh to (UTC)' },
      { title: 'age', align: 'right' },
      { title: 'last result' },
      { title: 'rows', align: 'right' },
      { title: 'rejects 7d', align: 'right' },
    ],
    rows,
    context.stdout.width,
  );
}

function resultText(stream: StreamStatus, isOff: boolean): string {
  if (isOff) return '– switched off in Harvest';
  if (stream.last_outcome === null) return 'not synced yet';
  if (stream.last_outcome === 'failed') return `✗ ${stream.last_error ?? 'failed'} ×${stream.failures}`;
  if (stream.last_outcome === 'skipped') return '– skipped';
  return stream.rejects_7d > 0 ? `! ${formatCount(stream.rejects_7d)} rejected` : '✓';
}

function headline({ place, owner, status }: Seen, context: CliContext): string {
  const [run] = status.runs;
  const left = owner === null ? 'no lock' : lockText(owner, place, context);
  if (run === undefined) return `${place.label} · no run yet · ${left}`;
  const { ok, total } = status.lastRun;
  const count = run['outcome'] === 'partial' && total > 0 ? ` (${ok}/${total})` : '';
  return `${place.label} · last run ${run['run_id'] ?? ''}, ${runAge(run, context)} ago, ${run['outcome'] ?? 'unknown'}${count} · ${left}`;
}

/** That the tables are not the whole account, or that the last run could not tell what is gone. */
function sightLines({ sight, runs }: WarehouseStatus): readonly string[] {
  if (sight?.visibility === 'partial') {
    return [`partial visibility: ${sight.role}; deletions are not looked for`];
  }
  const reason = runs[0]?.['deletions_off'] ?? null;
  return reason === null ? [] : [`deletions were not looked for in the last run: ${reason}`];
}

function lockText(owner: LockOwner, place: WarehousePlace, context: CliContext): string {
  return place.isAtWork(owner) ? workText(owner, context) : `lock of run ${owner.run_id}, which is gone`;
}

function runAge(run: RunRow, context: CliContext): string {
  const at = run['finished_at'] ?? run['started_at'];
  return at === null || at === undefined ? '?' : formatAge(context.now().getTime() - Date.parse(toIso(at)));
}

/** Of an empty table that it is good news. */
function contentLines(streams: readonly StreamStatus[], maxAgeMs: number | null): readonly string[] {
  if (maxAgeMs === null) return ['', `no stream failed: ${streams.length} looked at`];
  const skipped = streams.filter(({ last_outcome: outcome }) => outcome === 'skipped').length;
  const others = skipped === 0 ? '' : `, ${skipped} skipped`;
  return ['', `all ${streams.length - skipped} within ${ageText(maxAgeMs)}${others}`];
}

/** `26 h`: a whole number as it was given. */
function ageText(ms: number): string {
  return formatAge(ms).replace('.0 ', ' ');
}

/**
 * What brings up to date what is shown.
 *
 * @param asked words that name the same streams, where all of them are shown
 */
function nextLines(
  streams: readonly StreamStatus[],
  asked: readonly string[] | null,
  isTooOld: boolean,
): readonly string[] {
  const failed = streams.filter(isFailed).map(({ stream }) => stream);
  if (isTooOld && streams.length > 0) {
    const words = asked ?? streams.map(({ stream }) => stream);
    return ['', ['Next   harvest-bq sync', ...words.map(quoted)].join(' ')];
  }
  const missing = streams.some((stream) => stream.last_outcome === null);
  if (failed.length > 0) return ['', `Next   harvest-bq sync ${failed.join(' ')}`];
  return missing ? ['', 'Next   harvest-bq sync'] : [];
}

function isStale(stream: StreamStatus, maxAgeMs: number | null): boolean {
  if (maxAgeMs === null || stream.last_outcome === 'skipped') return false;
  return stream.age_seconds === null || stream.age_seconds * 1000 > maxAgeMs;
}

function isFailed(stream: StreamStatus): boolean {
  return stream.last_outcome === 'failed';
}

function isTroubled(stream: StreamStatus): boolean {
  return isFailed(stream) || stream.last_outcome === null || stream.rejects_7d > 0;
}

function instant(text: string | null | undefined): string {
  return text === null || text === undefined ? '–' : formatInstant(toIso(text));
}
