/**
 * What has to hold whatever was switched off, hashed, erased or moved: histories end with the rows as they are, columns that
 * are off hold nothing, and nobody who was erased is found again.
 */
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { DEFAULT_HISTORY } from '../../src/catalog/history.ts';
import { eraserOf } from '../../src/sync/erase/eraser.ts';
import type { Tombstone } from '../../src/warehouse/erasure.ts';
import type { Row } from '../../src/warehouse/table.ts';
import type { Canonical } from '../support/tables.ts';
import { KEYS, type Fields } from '../support/truth.ts';
import { HASH_KEY } from './settings.ts';
import type { ReadRows, StoredRow } from './store.ts';
import type { World } from './world.ts';

const { streams } = loadCatalog();

/** Columns that a row has and its version has not, or the other way round. */
const OF_ONE = new Set(['_synced_at', '_run_id', '_deleted_at', '_valid_from', '_valid_to', '_is_deleted']);

/** Tables in which anything that was ever stored might be left. */
const EVERYWHERE = [
  ...Object.keys(KEYS),
  ...DEFAULT_HISTORY.map((name) => `${name}_history`),
  'project_budget_history',
  '_deletions',
  '_erasures',
  '_rejects',
  '_restatements',
  '_schema_drift',
  '_sync_runs',
  '_sync_streams',
  '_sync_state',
];

/** The tombstones that are stored. */
async function tombstonesIn(rows: ReadRows): Promise<readonly Tombstone[]> {
  return (await rows('_erasures')).map(({ kind, record_id: id, digests }) => ({
    kind: String(kind),
    recordId: String(id),
    digests: (typeof digests === 'string' ? JSON.parse(digests) : digests) as readonly string[],
  }));
}

/** Takes from records what was erased, by the tombstones; null where nobody was. */
export async function eraserIn(rows: ReadRows): Promise<((table: string, record: Fields) => Fields) | null> {
  const tombstones = await tombstonesIn(rows);
  if (tombstones.length === 0) return null;
  return (table, record) => {
    const stream = streams.get(table);
    if (stream === undefined) return record;
    return eraserOf(stream, tombstones, HASH_KEY)(record, unmarked(record) as Row) as Fields;
  };
}

/** Numbers as their text, without the mark. */
function unmarked(value: Canonical): Canonical {
  if (typeof value === 'string') return value.replace(/^#(?=-?\d)/, '');
  if (Array.isArray(value)) return value.map((item: Canonical) => unmarked(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unmarked(inner)]));
}

/** Where the open versions are not the live rows, and where versions of a row overlap. */
export async function historyProblems(
  rows: ReadRows,
  liveKeysOf: (stream: string) => Promise<ReadonlySet<string>>,
  { settings }: World,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const stream of DEFAULT_HISTORY.filter((name) => !settings.exclude.includes(name))) {
    const keys = await liveKeysOf(stream);
    const stored = new Map((await rows(stream)).map((row) => [String(row['id']), row]));
    const open = new Map<string, StoredRow>();
    const ends = new Map<string, number>();
    const versions = (await rows(`${stream}_history`)).toSorted(
      (one, other) => instantOf(one['_valid_from']) - instantOf(other['_valid_from']),
    );
    for (const version of versions) {
      const key = String(version['id']);
      const isOpen = (version['_valid_to'] ?? null) === null;
      if (instantOf(version['_valid_from']) < (ends.get(key) ?? 0))
        problems.push(`${stream}_history ${key}: versions overlap`);
      ends.set(key, isOpen ? Infinity : instantOf(version['_valid_to']));
      if (isOpen) open.set(key, version);
    }
    for (const key of open.keys())
      if (!keys.has(key)) problems.push(`${stream}_history ${key} is open, but its row is gone`);
    for (const key of keys) {
      const [row = {}, version] = [stored.get(key), open.get(key)];
      if (version === undefined) problems.push(`${stream}_history ${key} has no open version`);
      else
        problems.push(...columnsThatDiffer(row, version).map((text) => `${stream}_history ${key}.${text}`));
    }
  }
  return problems.slice(0, 40);
}

function instantOf(value: Canonical | undefined): number {
  return Date.parse(String(value));
}

function columnsThatDiffer(row: StoredRow, version: StoredRow): readonly string[] {
  return [...new Set([...Object.keys(row), ...Object.keys(version)])]
    .filter((column) => !OF_ONE.has(column) && textOf(row[column]) !== textOf(version[column]))
    .map((column) => `${column} is ${textOf(version[column])}, its row says ${textOf(row[column])}`);
}

function textOf(value: Canonical | undefined): string {
  return JSON.stringify(value ?? null);
}

/** What is left of columns that are off, of values that are hashed, and of persons who were erased. */
export async function goneProblems(
  rows: ReadRows,
  { settings, erased, buried }: World,
): Promise<readonly string[]> {
  if (settings.governed !== true) return [];
  const problems: string[] = [];
  const isHash = (value: Canonical): boolean => value === null || /^[0-9a-f]{64}$/.test(String(value));
  for (const [stream, { exclude, hash }] of Object.entries(settings.columns)) {
    for (const table of [stream, `${stream}_history`]) {
      for (const row of await rows(table)) {
        for (const column of exclude) {
          if (valuesAt(row, column).some((value) => value !== null && textOf(value) !== '[]'))
            problems.push(`${table} ${String(row['id'])}.${column} is off, but has a value`);
        }
        for (const column of hash) {
          if (!valuesAt(row, column).every(isHash))
            problems.push(`${table} ${String(row['id'])}.${column} is hashed, but not in this row`);
        }
      }
    }
  }
  const tombstones = await tombstonesIn(rows);
  for (const { kind, id } of erased) {
    if (!tombstones.some((each) => each.kind === kind && each.recordId === id))
      problems.push(`there is no tombstone of ${kind} ${id}`);
  }
  if (buried.length === 0) return problems.slice(0, 40);
  const pattern = new RegExp(buried.join('|'), 'i');
  for (const table of EVERYWHERE) {
    const found = (await rows(table)).filter((row) => pattern.test(JSON.stringify(row)));
    if (found.length > 0) problems.push(`${table} tells of someone who was erased: ${textOf(found[0])}`);
  }
  return problems.slice(0, 40);
}

/** The values of a column, or of a field in all elements of a list. */
function valuesAt(row: StoredRow, column: string): readonly Canonical[] {
  const [name = '', field] = column.split('.');
  const value = row[name] ?? null;
  if (field === undefined) return [value];
  return Array.isArray(value)
    ? value.map((item: Canonical) => (item as StoredRow | null)?.[field] ?? null)
    : [];
}
