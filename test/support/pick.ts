/** Small questions that tests of the engine ask of the sandbox, of a run and of the file. */
import type { EngineRun } from './engine.ts';
import type { Office } from './office.ts';

/** A record of the sandbox, as Harvest would send it. */
export type SentRecord = Readonly<Record<string, unknown>> & { readonly id: number };

/** All records of a stream. */
export function recordsOf(office: Office, stream: string): readonly SentRecord[] {
  return [...office.sandbox.account.truth(stream)] as unknown as readonly SentRecord[];
}

/** The first record that passes; fails where there is none. */
export function pick(
  office: Office,
  stream: string,
  test: (record: SentRecord) => boolean = () => true,
): SentRecord {
  for (const record of office.sandbox.account.truth(stream)) {
    const sent = record as unknown as SentRecord;
    if (test(sent)) return sent;
  }
  throw new Error(`the sandbox has no such record in ${stream}`);
}

/** The id of the record that a reference shows: `{ client: { id: 7 } }` → 7. */
export function idIn(record: SentRecord, reference: string): number {
  return (record[reference] as { readonly id: number }).id;
}

/** The requests of a run whose path and query match. */
export function asked({ requests }: EngineRun, pattern: RegExp): readonly string[] {
  return requests.filter((url) => pattern.test(url));
}

/** Report months that a run asked one report for, in the order of asking. */
export function monthsAsked({ requests }: EngineRun, report: string): readonly string[] {
  return requests.flatMap((url) => {
    const from = url.includes(report) ? /[?&]from=(\d{4})(\d\d)01/.exec(url) : null;
    return from === null ? [] : [`${from[1]}-${from[2]}`];
  });
}

/** One number of the file, such as a count. */
export async function numberOf(office: Office, sql: string): Promise<number> {
  return Number((await office.query(sql))[0]?.[0]);
}

/** Keys of the rows of a table that a run wrote: those whose stamp differs from that of the run before. */
export async function writtenBy(
  office: Office,
  { result }: EngineRun,
  table: string,
  key: string,
): Promise<readonly string[]> {
  const rows = await office.query(
    `SELECT CAST(${key} AS VARCHAR) FROM "${table}" WHERE _run_id = '${result.run_id}' ORDER BY 1`,
  );
  return rows.map(([value]) => value ?? '');
}
