/** A sandbox, a warehouse file and the engine between them: what most tests of the engine start from. */
import { join } from 'node:path';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';
import type { StreamResult } from '../../src/events.ts';
import { runEngine, temporaryFolder, type EngineOptions, type EngineRun, type Target } from './engine.ts';
import { withFile } from './tables.ts';
import { differences, type TruthOptions } from './truth.ts';

export interface Office extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly path: string;
  readonly target: Target;
  /** Syncs and gives the run. */
  sync(options?: EngineOptions): Promise<EngineRun>;
  /** Where the file differs from the sandbox. */
  differences(options?: TruthOptions): Promise<readonly string[]>;
  /** Rows of a query on the file, as text. */
  query(sql: string): Promise<readonly (readonly (string | null)[])[]>;
}

/** Opens an office; everything goes with it. */
export async function openOffice(options: SandboxOptions = {}): Promise<Office> {
  const sandbox = await startSandbox({ seed: 7, size: 'tiny', ...options });
  const folder = await temporaryFolder();
  const path = join(folder.path, 'test.duckdb');
  const { baseUrl, identityUrl, accountId, tokens } = sandbox;
  const target = { baseUrl, identityUrl, accountId, token: tokens.administrator };
  return {
    sandbox,
    path,
    target,
    sync: (engine) => runEngine(target, path, engine),
    differences: (truth) => differences(path, sandbox, truth),
    query: (sql) => withFile(path, (rows) => rows(sql)),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The result of one stream. */
export function resultOf({ result }: EngineRun, stream: string): StreamResult {
  const found = result.streams.find(({ stream: name }) => name === stream);
  if (found === undefined) throw new Error(`${stream} did not run`);
  return found;
}
