/** The composition root: puts configuration, clients, warehouse and reporter together, each only when it is needed. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config/config.ts';
import type { SecretManager } from '../google/secret-manager.ts';
import type { HarvestClient } from '../harvest/types.ts';
import type { Emit } from '../events.ts';
import type { RunDeps } from '../sync/run-progress.ts';
import { createReporter, chooseKind, type Reporter } from '../report/reporter.ts';
import { guardRun, type RunGuard } from '../report/run-guard.ts';
import type { DefectKeeper } from './defects.ts';
import type { GlobalFlags } from './flags.ts';
import { keepRotations, type RotationKeeper } from './rotation.ts';
import { newRunId } from './run-id.ts';
import type { Screen } from './screen.ts';
import { placeOf } from './warehouse-door.ts';

/** What every command is given. */
export interface CliContext {
  readonly command: string;
  readonly globals: GlobalFlags;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Screen;
  readonly stderr: Screen;
  /** Aborted by the first signal, with RUN_INTERRUPTED as its reason. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Told of the reporter and the run that the end of the process has to close. */
  readonly session: Session;
}

/** What is open in this process; closed at its end, whatever ends it. */
export interface Session {
  reporter: Reporter | null;
  guard: RunGuard | null;
  /** The file that `-c` named, once the flags are known: next steps name it too. */
  config?: string | null;
  /** The command, once it is known; documents name it. */
  command: string | null;
  /** Google Secret Manager, once a reference led to it; what it has fetched stays in it. */
  secretManager: SecretManager | null;
  /** Whether the result was shown: there is only one. */
  isPresented: boolean;
  /** Writes down defects; absent: nobody does. */
  readonly defects?: DefectKeeper;
}

/** A run's id and where its events go. */
export interface OpenRun {
  readonly runId: string;
  readonly emit: Emit;
}

/** Values of flags that stand for settings, by the path of the setting: `sync.concurrency` → 4. */
export type SettingFlags = Readonly<Record<string, unknown>>;

/** Reads the configuration. `offline` follows no reference, so that secrets are not there. */
export async function openConfig(
  context: CliContext,
  options: { readonly offline?: boolean; readonly flags?: SettingFlags } = {},
): Promise<Config> {
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig({
    file: context.globals.config ?? undefined,
    env: context.env,
    cwd: context.cwd,
    flags: options.flags ?? {},
    allowPlainSecrets: context.globals.allowPlainSecrets,
    offline: options.offline ?? false,
    findChoiceMistakes: async (streams, history) => {
      const { findChoiceMistakes } = await import('../catalog/check-choice.ts');
      return findChoiceMistakes(streams, history, await openCatalog());
    },
    secretManager: async (reference) => (await openSecretManager(context)).fetch(reference),
  });
}

/** Secret Manager, opened once in a process. */
export async function openSecretManager({ session, env, signal }: CliContext): Promise<SecretManager> {
  const { SecretManager: Manager } = await import('../google/secret-manager.ts');
  const endpoint = env['HARVEST_BQ_SECRET_MANAGER_ENDPOINT'] ?? null;
  session.secretManager ??= new Manager({ endpoint, signal });
  return session.secretManager;
}

/** Reads the 32 streams. */
export async function openCatalog(): Promise<Catalog> {
  const { loadCatalog } = await import('../catalog/catalog.ts');
  return loadCatalog();
}

/** The client for the configured account, with a signal of its own where a run has one. */
export async function openHarvest(
  context: CliContext,
  config: Config,
  emit: Emit,
): Promise<HarvestClient & AsyncDisposable> {
  const open = await harvestOpener(context, config);
  return open(emit, context.signal);
}

/** Deals with replaced refresh tokens; whoever logs in to Harvest needs one. */
export function rotationKeeper(context: CliContext, emit: Emit): RotationKeeper {
  return keepRotations(emit, async (reference, token) =>
    (await openSecretManager(context)).add(reference, token),
  );
}

/** Makes clients that, when they are closed, have stored the refresh tokens they got. */
export async function harvestOpener(context: CliContext, config: Config): Promise<RunDeps['openClient']> {
  const { createHarvestClient } = await import('../harvest/client.ts');
  return (emit, signal) => {
    const { onRotated, settled } = rotationKeeper(context, emit);
    const client = createHarvestClient(config.harvest, { emit, signal, env: context.env, onRotated });
    return {
      get: (request) => client.get(request),
      [Symbol.asyncDispose]: async () => {
        await client[Symbol.asyncDispose]();
        await settled();
      },
    };
  };
}

/** Everything that a run works with. */
export async function openRunDeps(
  context: CliContext,
  config: Config,
  catalog: Catalog,
  emit: Emit,
): Promise<RunDeps> {
  const { env, signal, now, version, cwd } = context;
  return {
    config,
    catalog,
    openClient: await harvestOpener(context, config),
    door: await placeOf(config, { cwd, signal, emit }).door(),
    verify: async (run, streams) => (await import('../verify/quick.ts')).verifyQuickly(run, streams),
    emit,
    onDefect: (error) => {
      const file = context.session.defects?.keep(error, context.command) ?? null;
      if (file !== null) context.session.reporter?.note(`what is known of the defect stands in ${file}`);
    },
    signal,
    now,
    version,
    execution: env['CLOUD_RUN_EXECUTION'] ?? null,
  };
}

/** The reporter of this process on stderr, made when first asked for; the first one's run id stays. */
export async function openReporter(context: CliContext, runId: string | null): Promise<Reporter> {
  const { globals, stderr, session } = context;
  session.reporter?.close();
  const kind = chooseKind({
    format: globals.logFormat,
    progress: globals.progress,
    isTerminal: stderr.isTerminal,
    isDrawable: isDrawable(context),
    isCollected: (context.env['CLOUD_RUN_JOB'] ?? '') !== '',
  });
  session.reporter = await createReporter({
    kind,
    level: globals.logLevel,
    progress: globals.progress !== 'none',
    write: kind === 'json' ? stderr.writeExactly : stderr.write,
    paint: stderr.paint,
    runId,
    version: context.version,
    env: context.env,
    terminal: stderr,
  });
  const { progress } = globals;
  if (progress === 'live' && session.reporter.kind !== 'live')
    session.reporter.note('--progress live needs a terminal and no JSON lines: going on without it');
  return session.reporter;
}

/** Narrower or lower screens have no room for a live view. */
const LEAST_SCREEN = { columns: 20, rows: 5 } as const;

/** Whether a live view may be drawn unasked: not by a build server, and not where the events go to the same screen. */
function isDrawable({ env, globals, stdout, stderr }: CliContext): boolean {
  const { columns, rows } = stderr.size();
  const isScreen = columns >= LEAST_SCREEN.columns && rows >= LEAST_SCREEN.rows && env['TERM'] !== 'dumb';
  const isShared = globals.output === 'jsonl' && stdout.isTerminal;
  return isScreen && !isShared && (env['CI'] ?? '') === '';
}

/** Begins a run: its id, and a sink that reaches the reporter and, under `-o jsonl`, stdout. */
export async function openRun(context: CliContext, wantedId: string | null): Promise<OpenRun> {
  const runId = wantedId ?? newRunId(context.now());
  const reporter = await openReporter(context, runId);
  let sink = reporter.emit;
  if (context.globals.output === 'jsonl') {
    const { createJsonlSink } = await import('../report/jsonl.ts');
    const lines = createJsonlSink(context.stdout.writeExactly, runId, context.now);
    sink = (event) => {
      lines(event);
      reporter.emit(event);
    };
  }
  const facts = { runId, command: context.command, startedAt: context.now() };
  const { defects } = context.session;
  defects?.begin(context.command, runId);
  const told = sink;
  sink = (event) => {
    defects?.hear(event);
    told(event);
  };
  context.session.guard = guardRun(facts, sink, context.now);
  return { runId, emit: context.session.guard.emit };
}
