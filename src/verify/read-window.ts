/** What a stream consists of, in windows small enough to be compared one by one in bounded memory. */
import { fetchCount } from '../harvest/pages.ts';
import type { ChosenStream, RunContext } from '../sync/context.ts';
import { readHidden } from '../sync/hidden.ts';
import { Intake } from '../sync/intake.ts';
import { spansOf } from '../sync/load-plan.ts';
import { LARGEST_PAGE } from '../harvest/types.ts';
import { lastDay, firstDay } from '../sync/month.ts';
import { listReader, listRequest } from '../sync/paging.ts';
import type { DateSpan } from '../sync/state.ts';
import { RECORDS_PER_WINDOW } from '../sync/split.ts';
import { spanLabel, spanQuery } from '../sync/window.ts';
import type { Scope as Rows } from '../warehouse/warehouse.ts';

/** Something to read and compare as one. */
export interface FullWindow {
  readonly label: string;
  /** The rows that it stands for. */
  readonly rows: Rows;
  /** Reads the pages; false: the list moved meanwhile. */
  readonly read: (intake: Intake) => Promise<boolean>;
}

/** The months of a list whose records all have a date. */
export function* datedWindows(
  chosen: ChosenStream,
  months: readonly string[],
  context: RunContext,
): Generator<FullWindow> {
  const { startDate } = context.config;
  for (const month of months) {
    const [first, to] = [firstDay(month), lastDay(month)];
    const from = startDate !== null && startDate > first ? startDate : first;
    const read = listReader(listRequest(chosen, { from, to }, context), chosen, context);
    const rows = {
      kind: 'dates',
      column: chosen.stream.dated ?? '',
      from: first,
      to,
      undated: false,
    } as const;
    yield { label: month, rows, read };
  }
}

/** Everything of an account-wide list: by date where it has one, else at once, on the disk. */
export async function* listWindows(chosen: ChosenStream, context: RunContext): AsyncGenerator<FullWindow> {
  const { stream } = chosen;
  if (stream.dated !== undefined && stream.undated !== true) {
    for (const span of await divided(chosen, context)) {
      const { startDate } = context.config;
      const read = listReader(listRequest(chosen, spanQuery(span), context), chosen, context);
      // rows before start_date are none that should be there
      const from = span.from === startDate ? null : span.from;
      const rows = {
        kind: 'dates',
        column: stream.dated,
        from,
        to: span.to,
        undated: from === null,
      } as const;
      yield { label: spanLabel(span), rows, read };
    }
    return;
  }
  const readPlain = listReader(listRequest(chosen, {}, context), chosen, context);
  yield {
    label: 'everything',
    rows: { kind: 'all', allowShrink: true },
    read: async (intake) => {
      if (stream.records === undefined) {
        const { companyRecord } = context.account;
        const accountId = { account_id: context.config.harvest.accountId };
        if (companyRecord !== null) await intake.take([companyRecord], accountId);
        return true;
      }
      if (!(await readPlain(intake))) return false;
      if (!(await readHidden(chosen, intake, context)).isStill) return false;
      return true;
    },
  };
}

async function divided(chosen: ChosenStream, context: RunContext): Promise<readonly DateSpan[]> {
  const { startDate } = context.config;
  const whole: DateSpan = { from: startDate, to: null };
  const list = await fetchCount(context.client, listRequest(chosen, spanQuery(whole), context));
  if (list.total <= RECORDS_PER_WINDOW) return [whole];
  const [stream, requests] = [chosen.stream.name, Math.ceil(list.total / LARGEST_PAGE)];
  context.emit({ event: 'work.planned', stream, unit: 'records', count: list.total, requests });
  return spansOf(list, whole, startDate, chosen, context);
}

/** Report months, a few at a time. */
export function* monthWindows(
  chosen: ChosenStream,
  months: readonly string[],
  context: RunContext,
): Generator<FullWindow> {
  const size = context.warehouse.capabilities.windowsPerCommit;
  for (let at = 0; at < months.length; at += size) {
    const batch = months.slice(at, at + size);
    const readers = batch.map((month) => {
      const period = { period_start: firstDay(month), period_end: lastDay(month) };
      const query = { from: compact(period.period_start), to: compact(period.period_end) };
      return listReader(listRequest(chosen, query, context), chosen, context, { injected: period });
    });
    yield {
      label: batch.join(', '),
      rows: { kind: 'where', column: 'period_start', values: batch.map(firstDay) },
      read: async (intake) => {
        for (const read of readers) if (!(await read(intake))) return false;
        return true;
      },
    };
  }
}

/** The form that all of Harvest's report examples use. @see Harvest API v2 docs, Time Reports (checked 2026-11-20) */
function compact(date: string): string {
  return date.replaceAll('-', '');
}

/** How often a list that moves is read before it is left out. */
const READ_ATTEMPTS = 4;

/** Reads a window until its list holds still; null: it never did. */
export async function readStill(
  window: FullWindow,
  chosen: ChosenStream,
  context: RunContext,
): Promise<Intake | null> {
  for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt += 1) {
    const intake = new Intake(chosen, context);
    try {
      if (await window.read(intake)) {
        await intake.close();
        return intake;
      }
    } catch (error) {
      await intake[Symbol.asyncDispose]();
      throw error;
    }
    await intake[Symbol.asyncDispose]();
    context.emit({ event: 'window.moved', stream: chosen.stream.name, attempt });
  }
  return null;
}
