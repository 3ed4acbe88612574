/** A report in a few lines, for a terminal. Pure. */
import type { ReportFacts, ReportedFailure, ReportedRun, ReportedWait } from './html/facts.ts';
import { formatCount, formatInstant, formatSeconds, plural } from './quantity.ts';
import { exitText } from './summary.ts';

/** How the run ended, what it did, and what failed with its next step. */
export function reportText(facts: ReportFacts): string {
  const { run, warehouse } = facts;
  if (run === null) return `${warehouse} · no run yet`;
  const worst = facts.failures.flatMap((failure) => ['', ...failureLines(failure)]);
  // a run that was killed left no numbers
  const counted = run.outcome === 'crashed' ? [] : [numbers(facts, run)];
  return [headline(run, warehouse), ...counted, ...remarks(facts), ...worst].join('\n');
}

function headline(run: ReportedRun, warehouse: string): string {
  const exit = run.exit_code === null ? [] : [exitText(run.exit_code)];
  const when = `${formatInstant(run.started_at)} UTC`;
  return [warehouse, `${run.command} ${run.run_id}`, run.outcome, when, ...exit].join(' · ');
}

function numbers({ streams }: ReportFacts, run: ReportedRun): string {
  const ok = streams.filter(({ outcome }) => outcome === 'ok').length;
  const changes = [
    ...(run.rows_inserted === null ? [] : [`${formatCount(run.rows_inserted)} new`]),
    ...(run.rows_updated === null ? [] : [`${formatCount(run.rows_updated)} changed`]),
    `${formatCount(run.rows_deleted)} deleted`,
    `${formatCount(run.rows_rejected)} rejected`,
  ].join(', ');
  return [
    ...(streams.length === 0 ? [] : [`${ok} of ${plural(streams.length, 'stream')} stored`]),
    `${plural(run.rows_fetched, 'row')} fetched (${changes})`,
    plural(run.requests, 'request'),
    ...(run.seconds === null ? [] : [formatSeconds(run.seconds)]),
  ].join(' · ');
}

/** What waited, what was compared, what is new. */
function remarks({ waits, verification, drift }: ReportFacts): readonly string[] {
  const waited = secondsOf(waits);
  const compared =
    verification === null
      ? []
      : [`last comparison with Harvest: ${verification.outcome} (run ${verification.run_id})`];
  return [
    ...(waited === 0 ? [] : [`requests waited for Harvest's limits during ${formatSeconds(waited)}`]),
    ...compared,
    ...(drift.length === 0 ? [] : [`${plural(drift.length, 'new field')}: harvest-bq discover --diff`]),
  ];
}

/** How long anything waited; what waited at the same time counts once. */
function secondsOf(waits: readonly ReportedWait[]): number {
  const stretches = waits
    .map(({ started_at: start, seconds }) => ({ from: Date.parse(start) / 1000, seconds }))
    .toSorted((a, b) => a.from - b.from);
  let total = 0;
  let until = -Infinity;
  for (const { from, seconds } of stretches) {
    total += Math.max(0, from + seconds - Math.max(from, until));
    until = Math.max(until, from + seconds);
  }
  return total;
}

function failureLines({ code, streams, message, next_step: step }: ReportedFailure): readonly string[] {
  const head = streams.length === 0 ? code : `${code}  ${streams.join(', ')}`;
  const indented = (label: string, text: string): readonly string[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line, at) => `${at === 0 ? label : ' '.repeat(label.length)}${line}`);
  return [head, ...indented('  ', message), ...indented('  Do    ', step)];
}
