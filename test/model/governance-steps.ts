/** Steps of whoever answers for the data: columns, erasures, ranges that are read again, checkpoints, `start_date`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { OWN_STREAM, PERSONS } from '../../src/catalog/erasable.ts';
import type { ColumnChoice } from '../../src/config/config.ts';
import { SLICES } from '../../src/sync/backfill/order.ts';
import { erasePerson } from '../../src/sync/erase/erase.ts';
import type { Person } from '../../src/sync/erase/plan.ts';
import { addDays } from '../../src/sync/month.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import { say } from '../cli/support/in-process.ts';
import type { Dice } from './dice.ts';
import { ModelFailure } from './failure.ts';
import { Hand, type Shown } from './hand.ts';
import { assertSound, streamsOf } from './property.ts';
import { failuresOf, killedSync, quietSync, stoppedSync, sync } from './runs.ts';
import { HASH_KEY } from './settings.ts';
import type { StepKind } from './steps.ts';
import type { World } from './world.ts';
import { environmentOfEngine } from '../e2e/support/environment.ts';

/** Columns that are switched on and off. */
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  time_entries: ['notes', 'billable_rate', 'cost_rate', 'project_code', 'is_locked'],
  expenses: ['notes', 'client_currency'],
  users: ['email', 'weekly_capacity', 'avatar_url', 'is_contractor'],
  clients: ['address', 'currency'],
  contacts: ['phone_office', 'title'],
  projects: ['notes', 'code', 'budget'],
  invoices: ['subject', 'notes', 'line_items.description', 'line_items', 'creator_name', 'due_amount'],
  estimates: ['subject', 'line_items.description'],
  invoice_messages: ['body', 'recipients'],
  invoice_payments: ['notes'],
  user_assignments: ['hourly_rate'],
  project_assignments: ['hourly_rate', 'project_code'],
  time_team: ['weekly_capacity', 'is_contractor', 'avatar_url'],
  time_projects: ['billable_amount', 'total_hours'],
  uninvoiced: ['uninvoiced_amount'],
};

/** Columns that are hashed, too. A part of a name that is hashed is not told to the rows that embed the name: none is here. */
const HASHED: Readonly<Record<string, readonly string[]>> = {
  time_entries: ['user_name', 'notes'],
  users: ['email', 'telephone'],
  clients: ['address'],
  contacts: ['email', 'phone_office'],
  projects: ['client_name', 'code'],
  invoices: ['subject', 'creator_name'],
  invoice_messages: ['sent_by', 'body'],
  invoice_payments: ['recorded_by'],
};

/** The days on which the account may begin; the middle of a month among them. */
const STARTS = [null, '2025-09-01', '2025-11-01', '2025-12-20', '2026-01-01', '2026-02-10'];

type Settle = (world: World) => Promise<string>;

/** All of them. `settle`: a quiet run, and everything is compared. */
export function governanceSteps(settle: Settle): readonly StepKind[] {
  return [
    { name: 'choice of columns', weight: 14, act: chooseColumns },
    { name: 'backfill', weight: 9, act: readAgain },
    { name: 'erasure', weight: 9, act: (world, dice) => erase(world, dice, settle) },
    { name: 'checkpoints', weight: 7, act: checkpoints },
    { name: 'start_date', weight: 8, act: moveStart },
  ];
}

async function chooseColumns(world: World, dice: Dice): Promise<string> {
  const changes = Array.from({ length: dice.int(1, 3) }, () => changeColumn(world, dice));
  return changes.join('; ');
}

function changeColumn(world: World, dice: Dice): string {
  const { settings } = world;
  const isHash = dice.chance(0.4);
  const candidates = isHash ? HASHED : OPTIONAL;
  const stream = dice.one(Object.keys(candidates).filter((name) => !settings.exclude.includes(name)));
  const column = dice.one(candidates[stream] ?? []);
  const { include, exclude, hash }: ColumnChoice = settings.columns[stream] ?? {
    include: null,
    exclude: [],
    hash: [],
  };
  const isPlain = !exclude.includes(column) && !hash.includes(column);
  const without = (names: readonly string[]): readonly string[] => names.filter((name) => name !== column);
  const choice = {
    include,
    exclude: isPlain && !isHash ? [...exclude, column] : without(exclude),
    hash: isPlain && isHash ? [...hash, column] : without(hash),
  };
  world.settings = { ...settings, columns: { ...settings.columns, [stream]: choice } };
  return `${stream}.${column} ${isPlain ? (isHash ? 'hashed' : 'off') : 'on'}`;
}

/** A range is read again, whole or killed on the way and read again. */
async function readAgain(world: World, dice: Dice): Promise<string> {
  const hand = new Hand(world.account, dice, world.broken);
  const can = streamsOf(world).filter((name) =>
    /^(?:time_|expenses|invoices$|estimates$|uninvoiced$)/.test(name),
  );
  const streams = dice.shuffle(can).slice(0, dice.int(1, 5));
  const { startDate } = world.settings;
  const first = hand.day(-dice.int(0, 220));
  const from = startDate !== null && first < startDate ? startDate : first;
  const to = addDays(from, dice.int(0, 150));
  const order = { id: `b${dice.int(1, 1e9)}`, from, to, slice: dice.one(SLICES) };
  const said = [`${from} to ${to} by ${order.slice} of ${streams.join(', ')}`];
  const wish = { streams, backfill: order };
  if (dice.chance(0.4)) said.push(await killedSync(world, dice, wish));
  else if (dice.chance(0.3)) said.push(await stoppedSync(world, dice, wish));
  await assertSound(world);
  const failed = [...failuresOf(await sync(world, wish)).values()];
  await assertSound(world);
  if (failed.length === 0) return said.join('; ');
  const unexpected = failed.filter(
    (text) => !/^(?:STREAM_NOT_LOADED|DELETES_IMPLAUSIBLE|RUN_PARTIAL)/.test(text),
  );
  if (unexpected.length > 0) throw new ModelFailure('a backfill failed', unexpected);
  if (failed.some((text) => text.startsWith('DELETES_IMPLAUSIBLE'))) await quietSync(world, wish);
  return [...said, ...failed].join('; ');
}

/** Someone goes for good, mostly under a name that was given just before, so that it can be looked for. */
async function erase(world: World, dice: Dice, settle: Settle): Promise<string> {
  const kind = dice.one(PERSONS);
  const record = new Hand(world.account, dice, world.broken).pick(OWN_STREAM[kind]);
  if (record === undefined || !isStored(world)) return 'nobody to erase';
  const person: Person = { kind, id: String(record['id']) };
  const word = `Zq${dice.int(100_000, 999_999)}x`;
  const isNamed = dice.chance(0.7);
  const said = [`${kind} ${person.id}`];
  if (isNamed) {
    const email = `${word.toLowerCase()}@erased.example`;
    const name =
      kind === 'client' ? { name: `${word} Erased` } : { first_name: word, last_name: 'Erased', email };
    world.account.update(OWN_STREAM[kind] as 'users', Number(person.id), name);
    world.memory.note();
    said.push(`called ${word}`);
    if (dice.chance(0.6)) said.push(await settle(world));
  }
  await using warehouse = await openWarehouse(world);
  const known = namesOf(world, person);
  const at = new Date().toISOString();
  const order = {
    person,
    catalog: loadCatalog(),
    hashKey: HASH_KEY,
    runId: 'erase',
    at,
    dryRun: false,
    known,
  };
  const touched = await erasePerson(warehouse, order);
  const again = await erasePerson(warehouse, order);
  if (again.length > 0)
    throw new ModelFailure(
      'an erasure that was repeated found something',
      again.map((each) => each.table),
    );
  world.erased.push(person);
  if (isNamed) world.buried.push(word);
  return `${said.join(', ')}: ${touched.map(({ table, rows }) => `${rows} ${table}`).join(', ')}`;
}

function isStored({ store, lastRun }: World): boolean {
  return store.path === '' ? lastRun !== null : existsSync(store.path);
}

async function openWarehouse({ store }: World): Promise<Warehouse> {
  const { path, door } = store;
  if (door === undefined) return openDuckDb({ path, mode: 'readwrite', create: false });
  const signal = new AbortController().signal;
  return door.open({ runId: null, signal, onJob: () => undefined, onRetry: () => undefined });
}

/** What Harvest calls someone, and for a client its contacts. */
function namesOf({ account }: World, { kind, id }: Person): readonly string[] {
  const all = (table: string): readonly Shown[] => [...account.truth(table)] as readonly Shown[];
  const own = all(OWN_STREAM[kind]).filter((each) => String(each['id']) === id);
  const contacts =
    kind === 'client' ? all('contacts').filter(({ client }) => String((client as Shown)['id']) === id) : [];
  return [...own, ...contacts].flatMap((each) => [
    `${String(each['first_name'] ?? '')} ${String(each['last_name'] ?? '')}`.trim(),
    String(each['email'] ?? ''),
    String(each['name'] ?? ''),
  ]);
}

/** Checkpoints are written into a file, or those of a file come back. */
async function checkpoints(world: World, dice: Dice): Promise<string> {
  const { store, files, target } = world;
  if (store.path === '' || !isStored(world)) return 'none';
  const isBack = files.length > 0 && dice.chance(0.5);
  const file = isBack ? dice.one(files) : join(dirname(store.path), `checkpoints-${files.length}.json`);
  const line = isBack ? `state import --file ${file} --yes` : `state export --file ${file}`;
  const said = await say(line, {
    cwd: dirname(store.path),
    env: {
      ...environmentOfEngine(target, store.path),
    },
  });
  if (said.error !== null) throw said.error;
  if (!isBack) files.push(file);
  await assertSound(world);
  return `${isBack ? 'back to' : 'written as'} ${files.indexOf(file)}`;
}

/** The date that the tables follow is another; the run that takes it up may be stopped. */
async function moveStart(world: World, dice: Dice): Promise<string> {
  const before = world.settings.startDate;
  const after = dice.one(STARTS.filter((date) => date !== before));
  world.settings = { ...world.settings, startDate: after };
  world.memory.note();
  if (after !== null && (before === null || after > before)) world.movedLater = true;
  const wish = { allowDeletes: true, allowShrink: true };
  const said = dice.chance(0.3) ? await stoppedSync(world, dice, wish) : '';
  const failed = failuresOf(await sync(world, wish));
  if (failed.size > 0) throw new ModelFailure('a run under another start_date failed', [...failed.values()]);
  await assertSound(world);
  return `${before ?? 'none'} → ${after ?? 'none'} ${said}`.trim();
}
