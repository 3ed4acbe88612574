/** The steps of the model. Each is carried out with dice of its own and says in words what it did. */
import { BILLING_EDITS, tryEdit } from './edits-billing.ts';
import { PEOPLE_EDITS } from './edits-people.ts';
import { FACT_EDITS, WORK_EDITS } from './edits-work.ts';
import type { Dice } from './dice.ts';
import { chooseFaults, chooseMoment, requestsFor } from './faults.ts';
import { ModelFailure } from './failure.ts';
import { type Edit, Hand, type Shown } from './hand.ts';
import { assertEqual, assertSound, streamsOf } from './property.ts';
import { assertVerified, failuresOf, killedSync, quietSync, stoppedSync, sync, type Wish } from './runs.ts';
import { governanceSteps } from './governance-steps.ts';
import type { Settings } from './settings.ts';
import type { SwitchedModule, World } from './world.ts';

/** A kind of step. */
export interface StepKind {
  readonly name: string;
  readonly weight: number;
  readonly act: (world: World, dice: Dice) => Promise<string>;
}

const EDITS: readonly Edit[] = [...FACT_EDITS, ...WORK_EDITS, ...PEOPLE_EDITS, ...BILLING_EDITS];
const HOUR = 3_600_000;

/** One edit; the clock goes on by some seconds, or not at all. */
function editOnce(world: World, dice: Dice): string {
  const allowed = EDITS.filter(({ module }) => module === undefined || !world.off.has(module));
  const said = tryEdit(dice.weighed(allowed), new Hand(world.account, dice, world.broken));
  world.account.clock.advance(dice.one([0, 0, 0, 1, 1, 2, 30]) * 1000);
  world.memory.note();
  return said;
}

/**
 * A quiet run, then everything is compared. One quiet run has to be enough; two where the first may not look for
 * deletions (the role or the modules are others than in the run before) or has to make up for a list that moved.
 */
async function settle(world: World, wish: Wish = {}): Promise<string> {
  const why = world.unsettled;
  if (why !== null) await quietSync(world, wish);
  const { result } = await quietSync(world, wish);
  world.unsettled = null;
  await assertEqual(world, wish.sweeps === true || wish.fullRefresh === true ? 'swept' : true);
  const { inserted, updated, deleted } = result.totals;
  return `${why === null ? '' : `twice, because ${why}: `}${inserted} new, ${updated} changed, ${deleted} gone`;
}

/** Every sweep, and then verify, in one of its forms, finds nothing. */
async function settleAndVerify(world: World, dice: Dice): Promise<string> {
  const said = await settle(world, { sweeps: true });
  if (world.broken.size > 0) return said;
  const form = dice.chance(0.5) ? 'full' : 'quick';
  await assertVerified(world, form);
  return `${said}; verify (${form}) finds nothing`;
}

async function underFaults(world: World, dice: Dice): Promise<string> {
  const { faults, said } = chooseFaults(dice);
  for (const fault of faults) world.sandbox.faults.add(fault);
  try {
    const failed = failuresOf(await sync(world));
    await assertSound(world);
    return `${said} → ${failed.size === 0 ? 'all went well' : [...failed.keys()].join(', ')}`;
  } finally {
    calm(world);
  }
}

/** Ends the misbehaviour; broken records stay broken. */
function calm({ sandbox, broken }: World): void {
  sandbox.faults.clear();
  for (const fault of broken.values()) sandbox.faults.add(fault);
}

async function whileMoving(world: World, dice: Dice): Promise<string> {
  const { match, nth, said } = chooseMoment(dice);
  const done: string[] = [];
  const count = dice.int(1, 3);
  for (let turn = 0; turn < count; turn += 1) {
    const act = (): void => {
      done.push(editOnce(world, dice));
    };
    world.sandbox.faults.add({ match, nth: nth + turn, do: 'edit', act });
  }
  try {
    await sync(world);
    if (done.length > 0) world.unsettled = 'a list moved while it was read';
    await assertSound(world);
  } finally {
    calm(world);
  }
  return `${said}: ${done.length === 0 ? 'nothing came of it' : done.join('; ')}`;
}

/** Some streams only, or everything anew, with whatever a guard says. */
async function otherwise(world: World, dice: Dice): Promise<string> {
  const streams = dice.shuffle(streamsOf(world)).slice(0, dice.int(1, 8));
  await sync(world, { streams, fullRefresh: dice.chance(0.3) });
  await assertSound(world);
  return streams.join(', ');
}

async function switchModule(world: World, dice: Dice): Promise<string> {
  const module = [...world.off][0] ?? dice.one<SwitchedModule>(['expense', 'invoice', 'estimate']);
  const isOff = world.off.delete(module);
  if (!isOff) world.off.add(module);
  world.account.setModules({ [module]: isOff });
  world.unsettled = 'the modules are others';
  return `${module}s ${isOff ? 'on again' : 'off'}`;
}

/** The token is an administrator's no more for a while; nothing may be stored or go without leave. */
async function lowerRole(world: World, dice: Dice): Promise<string> {
  const roles = dice.one([['member'], ['manager']]);
  world.account.setRole('administrator', roles);
  const said = [roles.join()];
  const partial = world.settings.visibility === 'partial';
  try {
    const run = await sync(world);
    const code = run.result.failure?.code;
    const wanted =
      partial && world.lastRun !== null
        ? /^VISIBILITY_REDUCED$/
        : /^(HARVEST_PARTIAL_VISIBILITY|VISIBILITY_REDUCED)$/;
    if (code === undefined || !wanted.test(code) || run.result.exit_code !== 4)
      throw new ModelFailure('a token that sees less was accepted', [
        String(code),
        String(run.result.exit_code),
      ]);
    if (partial) {
      await sync(world, { allowDeletes: true });
      said.push(editOnce(world, dice), editOnce(world, dice));
      const failed = failuresOf(await sync(world));
      if (failed.size > 0)
        throw new ModelFailure('a run with partial visibility failed', [...failed.values()]);
    }
  } finally {
    world.account.setRole('administrator', ['administrator']);
  }
  world.unsettled = 'the role is another';
  return said.join('; ');
}

const FIELDS = {
  time_entries: 'hours',
  contacts: 'first_name',
  expenses: 'total_cost',
  tasks: 'is_active',
} as const;

/** Harvest sends a record with a value of a wrong type from now on, or sends it well again. */
async function breakOrMend(world: World, dice: Dice): Promise<string> {
  const [name] = world.broken.keys();
  if (name !== undefined) {
    world.broken.delete(name);
    calm(world);
    const [table = '', id = ''] = name.split(' #');
    const kind = table as keyof typeof FIELDS;
    const isThere = [...world.account.truth(kind)].some((record) => String(record['id']) === id);
    if (isThere) world.account.update(kind, Number(id), {});
    return `${name} is sent well again`;
  }
  if (!world.settings.breaks) return 'not in this set-up';
  const kind = dice.one(Object.keys(FIELDS) as (keyof typeof FIELDS)[]);
  // the first of all facts decides which months are reported: it stays well
  const [first = ''] = world.account.months();
  const isLater = (each: Shown): boolean => String(each['spent_date'] ?? '9').slice(0, 7) > first;
  const id = new Hand(world.account, dice, world.broken).id(kind, isLater);
  if (id === null) return 'nothing to break';
  const value = { unexpected: true };
  const fault = {
    match: requestsFor(kind),
    times: 0,
    do: 'malformed',
    id,
    field: FIELDS[kind],
    value,
  } as const;
  world.broken.set(`${kind} #${id}`, fault);
  calm(world);
  return `${kind} ${id} is sent with a wrong ${FIELDS[kind]}`;
}

function wait(world: World, dice: Dice): string {
  const ms = dice.one([60_000, 600_000, 3 * HOUR, 24 * HOUR, 24 * HOUR, 72 * HOUR, 240 * HOUR, 792 * HOUR]);
  world.account.clock.advance(ms);
  world.memory.note();
  return `until ${world.account.clock.instant()}`;
}

/** The kinds of every set-up. A run ends with `finish`. */
const STEP_KINDS: readonly StepKind[] = [
  { name: 'edit', weight: 46, act: async (world, dice) => editOnce(world, dice) },
  {
    name: 'edits',
    weight: 6,
    act: async (world, dice) =>
      Array.from({ length: dice.int(3, 8) }, () => editOnce(world, dice)).join('; '),
  },
  { name: 'wait', weight: 7, act: async (world, dice) => wait(world, dice) },
  { name: 'sync', weight: 18, act: (world) => settle(world) },
  { name: 'sync under faults', weight: 6, act: underFaults },
  { name: 'sync while it moves', weight: 6, act: whileMoving },
  { name: 'sync of some streams', weight: 2, act: otherwise },
  {
    name: 'kill or stop',
    weight: 5,
    act: async (world, dice) => {
      const said = await (dice.chance(0.3) ? stoppedSync(world, dice) : killedSync(world, dice));
      await assertSound(world);
      return said;
    },
  },
  { name: 'sync with every sweep due', weight: 2, act: settleAndVerify },
  { name: 'full refresh', weight: 1, act: (world) => settle(world, { fullRefresh: true }) },
  { name: 'modules', weight: 2, act: switchModule },
  { name: 'role', weight: 1, act: lowerRole },
  { name: 'break or mend', weight: 2, act: breakOrMend },
];

const GOVERNED: readonly StepKind[] = [...STEP_KINDS, ...governanceSteps(settle)];

/** The kinds of a set-up. */
export function kindsOf({ governed }: Settings): readonly StepKind[] {
  return governed === true ? GOVERNED : STEP_KINDS;
}

/** The end of every run: all modules on, every record well, every sweep due, and then one run that changes nothing. */
export async function finish(world: World): Promise<string> {
  const none = { expense: true, invoice: true, estimate: true };
  if (world.off.size > 0) world.unsettled = 'the modules are others';
  world.account.setModules(none);
  world.off.clear();
  const said = await settle(world, { sweeps: true });
  const { result } = await quietSync(world);
  const { inserted, updated, deleted } = result.totals;
  // the hours of a running timer grow from run to run
  if (inserted + updated + deleted > 0 && world.settings.sandbox.liveTimers !== true)
    throw new ModelFailure('a quiet run after a quiet run changed something', [
      JSON.stringify(result.totals),
    ]);
  await assertEqual(world, 'swept');
  if (world.broken.size === 0) await assertVerified(world, 'full');
  return said;
}
