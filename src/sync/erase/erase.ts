/**
 * Erases a person: first the tombstone, then the values, so that nothing comes back whatever is killed in between, and
 * the same command finishes what was begun.
 */
import type { Catalog } from '../../catalog/catalog.ts';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { keyedHash } from '../cast.ts';
import { ConnectorError } from '../../errors.ts';
import type { TableErasure } from '../../warehouse/erasure.ts';
import { erasuresOf, idLookups, nameLookups, type Person } from './plan.ts';
import { digestOf, markOf, wordsOf } from './words.ts';

/** What an erasure works with. */
export interface EraseOrder {
  readonly person: Person;
  readonly catalog: Catalog;
  /** `sync.hash_key`. */
  readonly hashKey: string;
  readonly runId: string;
  /** ISO instant, UTC. */
  readonly at: string;
  /** Names and addresses that are known from elsewhere. */
  readonly known: readonly string[];
  /** Harvest knows no such person. */
  readonly isGone?: boolean;
  /** The rows are counted, and nothing is written. */
  readonly dryRun: boolean;
}

/** How many rows of a table were touched, or would be. */
export interface ErasedTable {
  readonly table: string;
  readonly rows: number;
}

/** Erases a person from everything that is stored. Answers the tables that held something. */
export async function erasePerson(warehouse: Warehouse, order: EraseOrder): Promise<readonly ErasedTable[]> {
  const { person, catalog, hashKey, runId, at, dryRun, known } = order;
  const streams = [...catalog.streams.values()];
  const lookups = nameLookups(person, streams);
  const answers = await warehouse.lookUp(lookups);
  const found = lookups.flatMap(({ names }, index) => (answers[index] ?? []).flatMap(names));
  const all = [...known, ...found].filter((name) => name !== null);
  const names = [...new Set(all.filter((name) => name.trim() !== ''))];
  // where such a column is hashed, its hash stands in place of the name
  const withHashes = (some: readonly string[]) => [...some, ...some.map((name) => keyedHash(hashKey, name))];
  const several = withHashes(names.filter((name) => wordsOf(name).length > 1));
  const tables = erasuresOf(person, streams, { names: withHashes(names), several });
  if (order.isGone === true) await assertKnown(tables, warehouse, order);
  if (!dryRun) await bury(names, warehouse, order);
  const touched = await warehouse.eraseValues({ runId, at, tables, dryRun });
  if (!dryRun) await warehouse.forgetTraces();
  return [...touched].map(([table, rows]) => ({ table, rows })).filter(({ rows }) => rows > 0);
}

/** A mistyped id must leave no tombstone, which nobody could take back. @throws ConnectorError USAGE_INVALID */
async function assertKnown(
  tables: readonly TableErasure[],
  warehouse: Warehouse,
  { person: { kind, id }, catalog, runId, at }: EraseOrder,
): Promise<void> {
  const stored = await warehouse.lookUp(idLookups({ kind, id }, catalog.streams.values()));
  if (stored.some(({ length }) => length > 0)) return;
  if ((await warehouse.readErasures()).some((each) => each.kind === kind && each.recordId === id)) return;
  const counted = await warehouse.eraseValues({ runId, at, tables, dryRun: true });
  if ([...counted.values()].some((rows) => rows > 0)) return;
  throw new ConnectorError('USAGE_INVALID', `Neither Harvest nor any table knows the ${kind} ${id}`, {
    hint: "Look the id up in Harvest's address line, and mind which of --user, --contact and --client it is.",
    details: { command: 'erase', kind, id },
  });
}

/** Sees to it that there is a tombstone which knows these names. */
async function bury(
  names: readonly string[],
  warehouse: Warehouse,
  { person: { kind, id }, hashKey, runId, at }: EraseOrder,
): Promise<void> {
  const { erasures } = HOUSEKEEPING;
  await warehouse.ensure([erasures], []);
  const known = (await warehouse.readErasures()).filter((each) => each.kind === kind && each.recordId === id);
  const before = new Set(known.flatMap(({ digests }) => digests));
  const words = names.map(wordsOf).filter(({ length }) => length > 0);
  const wanted = [markOf(hashKey), ...words.map((each) => digestOf(each, hashKey))];
  const digests = new Set(wanted.filter((each) => !before.has(each)));
  if (digests.size === 0) return;
  const row = { kind, record_id: id, digests: [...digests], erased_at: at, run_id: runId };
  await warehouse.append(erasures, [row]);
}
