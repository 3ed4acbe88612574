/** The newest comparison with Harvest that the history knows of. Pure. */
import type { ReportedVerification } from '../../report/html/facts.ts';
import { instantIn, jsonIn, numberIn, type TextRow } from './values.ts';

/** Of the run itself where it compared, else of the newest that did; null: none did. */
export function verificationIn(run: TextRow | null, rows: readonly TextRow[]): ReportedVerification | null {
  const row = [...(run === null ? [] : [run]), ...rows].find(({ verified = null }) => verified !== null);
  if (row === undefined) return null;
  const noted = jsonIn(row, 'verification');
  const { form, compared, tables, left_out: leftOut } = isRecord(noted) ? noted : {};
  return {
    run_id: row['run_id'] ?? '',
    finished_at: instantIn(row, 'finished_at'),
    outcome: row['verified'] ?? '',
    differences: numberIn(row, 'differences'),
    form: typeof form === 'string' ? form : null,
    compared: typeof compared === 'number' ? compared : null,
    tables: countsOf(tables),
    left_out: Array.isArray(leftOut) ? leftOut.filter(isLeftOut) : [],
  };
}

function countsOf(value: unknown): Readonly<Record<string, number>> {
  const entries = isRecord(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.flatMap(([name, count]) => (typeof count === 'number' ? [[name, count]] : [])),
  );
}

function isLeftOut(value: unknown): value is ReportedVerification['left_out'][number] {
  return isRecord(value) && typeof value['table'] === 'string' && typeof value['reason'] === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
