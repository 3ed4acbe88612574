import { HOUSEKEEPING } from '../catalog/housekeeping.ts';
import { toIso, type RunRow } from './freshness.ts';

/** A row of `_sync_runs` as documents carry it: counts and exit codes as numbers, times as ISO instants, the rest as text. */
export type RunFacts = Readonly<Record<string, string | number | null>>;

const TYPES: ReadonlyMap<string, string> = new Map(
  HOUSEKEEPING.syncRuns.columns.map(({ name, type }) => [name, type]),
);

/** A row of the history for machines. */
export function runFacts(row: RunRow): RunFacts {
  return Object.fromEntries(Object.entries(row).map(([name, text]) => [name, valueOf(name, text)]));
}

function valueOf(name: string, text: string | null): string | number | null {
  if (text === null) return null;
  const type = TYPES.get(name);
  if (type === 'INT64') return Number(text);
  return type === 'TIMESTAMP' ? toIso(text) : text;
}
