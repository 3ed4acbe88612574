/** The account, the connector's tables and what the driver knows of both. */
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import type { SandboxAccount } from '../../src/sandbox/sandbox-account.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import type { Person } from '../../src/sync/erase/plan.ts';
import type { EngineRun, Target } from '../support/engine.ts';
import { Memory } from './memory.ts';
import { sandboxOf, type Settings } from './settings.ts';
import type { Store } from './store.ts';

/** Modules that can be switched off. */
export type SwitchedModule = 'expense' | 'invoice' | 'estimate';

/** One run of the model. */
export interface World extends AsyncDisposable {
  /** As they are now: choices of columns and `start_date` may change. */
  settings: Settings;
  readonly sandbox: Sandbox;
  readonly account: SandboxAccount;
  readonly target: Target;
  readonly store: Store;
  readonly memory: Memory;
  readonly off: Set<SwitchedModule>;
  /** Records that Harvest sends broken, by table and id. */
  readonly broken: Map<string, Fault>;
  /** Keys of live rows at the last comparison, by table; null before the first. */
  live: ReadonlyMap<string, ReadonlySet<string>> | null;
  /** How often each key was noted in `_deletions` at the last comparison. */
  noted: ReadonlyMap<string, number>;
  /** Why one quiet run may not be enough; null where it has to be. */
  unsettled: string | null;
  /** Who was erased. */
  readonly erased: Person[];
  /** Words of names that may stand nowhere any more. */
  readonly buried: string[];
  /** Checkpoints that were written into files. */
  readonly files: string[];
  /** Whether `start_date` was moved to a later day since the last comparison. */
  movedLater: boolean;
  /** Whether a run has ended well since the account was last seen otherwise. */
  lastRun: EngineRun | null;
  /** What happened, for people. */
  readonly say: (line: string) => void;
  counts: { syncs: number; kills: number; compared: number; refusals: number };
}

/** Starts an account with nothing stored of it. */
export async function openWorld(
  settings: Settings,
  seed: number,
  store: Store,
  say: (line: string) => void,
): Promise<World> {
  const sandbox = await startSandbox(sandboxOf(settings, seed));
  const { baseUrl, identityUrl, accountId, tokens } = sandbox;
  const world: World = {
    settings,
    sandbox,
    account: sandbox.account,
    target: { baseUrl, identityUrl, accountId, token: tokens.administrator },
    store,
    memory: new Memory(sandbox, () => world.settings.startDate),
    off: new Set(),
    broken: new Map(),
    live: null,
    noted: new Map(),
    unsettled: null,
    erased: [],
    buried: [],
    files: [],
    movedLater: false,
    lastRun: null,
    say,
    counts: { syncs: 0, kills: 0, compared: 0, refusals: 0 },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
  return world;
}
