/** Names the single facts behind a sum that differs: the facts of one month are read again and compared with the rows. */
import type { Column } from '../catalog/column.ts';
import type { JsonObject } from '../harvest/json.ts';
import { fetchPages } from '../harvest/pages.ts';
import type { Page } from '../harvest/types.ts';
import { plainText } from '../sync/cast.ts';
import { daysOf, firstDay, lastDay } from '../sync/month.ts';
import { listRequest, parsedPage } from '../sync/paging.ts';
import { sentText, storedText } from './cells.ts';
import type { Comparable, Fact } from './facts.ts';
import { monthPeriod } from './period.ts';
import type { Cause } from './rejected.ts';
import { liveRowsOf, type Scope } from './scope.ts';

type Stored = ReadonlyMap<string, ReadonlyMap<string, string | null>>;

/**
 * Compares the single facts of a month, adds what differs to the findings, and tells the causes that it found. Only the
 * columns that make up the sums are compared. Memory holds those columns of the month, and a page of records.
 */
export async function compareFactRows(
  comparable: Comparable,
  month: string,
  scope: Scope,
): Promise<ReadonlySet<Cause>> {
  const { fact, chosen } = comparable;
  const columns = chosen.columns.filter(({ name }) => columnsOf(fact).has(name));
  const ofMonth = await readMonth(columns, month, comparable, scope);
  const seen = new Set<string>();
  const causes = new Set<Cause>();
  for await (const page of pagesOf(comparable, month, scope)) {
    const { records } = parsedPage(page);
    const ids = records.map((record) => plainText(record['id']));
    const moved = { column: 'id', values: ids.filter((id) => !ofMonth.has(id)) };
    const elsewhere = await readStored(columns, moved, comparable, scope);
    for (const [at, record] of [...records].entries()) {
      const id = ids[at] ?? '';
      seen.add(id);
      const stored = ofMonth.get(id) ?? elsewhere.get(id);
      for (const cause of await compareRecord(record, stored, columns, { comparable, month, id, scope }))
        causes.add(cause);
    }
  }
  const rest = [...ofMonth.keys()].filter((id) => !seen.has(id));
  for (const cause of await addExtras(rest, month, comparable, scope)) causes.add(cause);
  return causes;
}

/** The columns that make up the sums. */
function columnsOf({ reports, date, quantity, rate }: Fact): ReadonlySet<string> {
  return new Set([...reports.map(({ column }) => column), 'id', 'billable', date, quantity, rate ?? '']);
}

/** Rows of the month of which Harvest has no record there. */
async function addExtras(
  ids: readonly string[],
  month: string,
  comparable: Comparable,
  scope: Scope,
): Promise<ReadonlySet<Cause>> {
  const causes = new Set<Cause>();
  for (const [at, id] of ids.entries()) {
    const cause = at < MOST_ASKED ? await causeOfExtra(id, comparable, scope) : 'differs';
    causes.add(cause);
    // it stands in another month of Harvest's, and breaks its schema there
    if (cause !== 'rejected')
      scope.findings.add({ kind: 'extra', cause, table: comparable.fact.stream, month, key: id });
  }
  return causes;
}

/** Rows without a record that are asked for one by one, since the record may have moved to another month. */
const MOST_ASKED = 20;

/** The rows of a month, without those that were kept though their records are gone. */
async function readMonth(
  columns: readonly Column[],
  month: string,
  comparable: Comparable,
  scope: Scope,
): Promise<Stored> {
  const { fact, chosen } = comparable;
  const rows = await readStored(columns, { column: fact.date, values: daysOf(month) }, comparable, scope);
  if (scope.context.config.sync.deletes !== 'keep') return rows;
  const ids = await scope.context.warehouse.checks.readSums(
    {
      of: liveRowsOf(chosen, scope),
      between: { column: fact.date, from: firstDay(month), to: lastDay(month) },
      by: [{ column: 'id', part: 'value' }],
      sums: [{ kind: 'rows', where: null }],
    },
    fact.stream,
  );
  const live = new Set(ids.map(([id]) => id));
  return new Map([...rows].filter(([id]) => live.has(id)));
}

interface Place {
  readonly comparable: Comparable;
  readonly month: string;
  readonly id: string;
  readonly scope: Scope;
}

async function compareRecord(
  record: JsonObject,
  stored: ReadonlyMap<string, string | null> | undefined,
  columns: readonly Column[],
  { comparable: { fact, chosen }, month, id, scope }: Place,
): Promise<ReadonlySet<Cause>> {
  const causes = new Set<Cause>();
  const shaped = chosen.shape(record, {}, () => undefined);
  // what breaks its schema stands in _rejects
  if (shaped.kind === 'reject') return causes.add('rejected');
  const place = { table: fact.stream, month, key: id };
  const isChanged = changedAfter(record, scope.context.states.cursor(fact.stream));
  if (stored === undefined) {
    const cause = isChanged ? 'changed' : 'differs';
    scope.findings.add({ ...place, kind: 'missing', cause });
    return causes.add(cause);
  }
  for (const column of columns) {
    const harvest = sentText(column, shaped.row[column.name]);
    const ours = storedText(column, stored.get(column.name) ?? null);
    if (ours === harvest) continue;
    const cell = { table: fact.stream, column: column.name, harvest, row: shaped.row, stored };
    const cause = isChanged ? 'changed' : (await scope.evidence.explains(cell)) ? 'lag' : 'differs';
    scope.findings.add({ ...place, kind: 'cell', cause, column: column.name, ours, harvest });
    causes.add(cause);
  }
  return causes;
}

/** Whether a record changed after the last sync; the hours of a running timer go on changing. */
export function changedAfter(record: JsonObject, cursor: string | null): boolean {
  const { updated_at: at, is_running: isRunning } = record;
  if (isRunning === true) return true;
  return (
    typeof at === 'string' &&
    cursor !== null &&
    Date.parse(at) >= Math.floor(Date.parse(cursor) / 1000) * 1000
  );
}

async function readStored(
  columns: readonly Column[],
  where: { readonly column: string; readonly values: readonly string[] },
  { chosen }: Comparable,
  { context }: Scope,
): Promise<Stored> {
  const names = columns.map(({ name }) => name);
  const { name: stream } = chosen.stream;
  const rows = await context.warehouse.readRows(stream, names, where, stream);
  const at = names.indexOf('id');
  return new Map(
    rows.map((row) => [row[at] ?? '', new Map(names.map((name, nth) => [name, row[nth] ?? null]))]),
  );
}

/** The facts that Harvest has in a month, page by page. */
async function* pagesOf({ chosen }: Comparable, month: string, scope: Scope): AsyncGenerator<Page> {
  const { context } = scope;
  const { from, to } = monthPeriod(month, scope);
  yield* fetchPages(context.client, listRequest(chosen, { from, to }, context));
}

/** Why a fact is not where it was: it changed after the last sync, or breaks its schema; else it should be gone. */
async function causeOfExtra(id: string, { chosen }: Comparable, { context }: Scope): Promise<Cause> {
  const { stream, shape } = chosen;
  const found = await context.client
    .get({
      path: `${stream.path}/${id}`,
      query: {},
      bucket: 'general',
      stream: stream.name,
      signal: context.signal,
    })
    .catch((error: unknown) => {
      if ((error as { code?: string }).code === 'HARVEST_NOT_FOUND') return null;
      throw error;
    });
  if (found === null) return 'differs';
  if (shape(found.body, {}, () => undefined).kind === 'reject') return 'rejected';
  return changedAfter(found.body, context.states.cursor(stream.name)) ? 'changed' : 'differs';
}
