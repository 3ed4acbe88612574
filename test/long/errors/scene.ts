/** What every provocation stands in: a folder, a Harvest account in a box, and the built program. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';
import type { SandboxOptions } from '../../../src/sandbox/options.ts';
import { runCli, startCli, temporaryFolder, type CliRun } from '../../cli/support/run-cli.ts';
import { startVault, type Vault } from '../../support/vault.ts';
import { startBigQuery, type ScriptedBigQuery } from '../../warehouse/bigquery/scripted-server.ts';

/** The key of a scene that erases. */
export const HASH_KEY = 'a key of thirty-two characters..';

/** One failure, provoked; everything that it opened closes with it. */
export type Provoke = (scene: Scene) => Promise<CliRun>;

/** A folder with a configuration, and the servers that it names. */
export class Scene implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  #folder = '';

  /** Where the program runs. */
  get folder(): string {
    return this.#folder;
  }

  static async open(): Promise<Scene> {
    const scene = new Scene();
    scene.#folder = scene.#stack.use(await temporaryFolder()).path;
    return scene;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  /** Takes something along that is closed at the end. */
  use<T extends AsyncDisposable>(thing: T): T {
    return this.#stack.use(thing);
  }

  /** A small account. */
  async sandbox(options: SandboxOptions = {}): Promise<Sandbox> {
    const sandbox = await startSandbox({ size: 'tiny', seed: 11, ...options });
    this.#stack.defer(() => sandbox.close());
    return sandbox;
  }

  /** A Secret Manager with these secrets. */
  async vault(secrets: Readonly<Record<string, readonly string[]>>): Promise<Vault> {
    return this.use(await startVault(secrets));
  }

  /** A BigQuery without SQL, with the two datasets that the configuration of `bigQueryConfig` names. */
  async bigQuery(): Promise<ScriptedBigQuery> {
    const server = this.use(await startBigQuery());
    server.world.addDataset('d');
    server.world.addDataset('_harvest_staging', 'EU', { defaultTableExpirationMs: '86400000' });
    return server;
  }

  /** Writes a file below the folder. */
  async write(path: string, text: string): Promise<string> {
    const full = join(this.#folder, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
    return full;
  }

  /** Writes the configuration: the account, the file acme.duckdb, and what else is asked for. */
  async configure(sandbox: Sandbox, rest = '', over: ConfigOptions = {}): Promise<void> {
    await this.write('harvest-bq.yaml', configOf(sandbox, rest, over));
  }

  /** Runs the program in the folder with `-o json`. */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliRun> {
    return runCli([...args, '-o', 'json'], this.#options(env));
  }

  /** Starts the program and leaves it running. */
  start(args: readonly string[]): ReturnType<typeof startCli> {
    return startCli([...args, '-o', 'json'], this.#options({}));
  }

  #options(env: Readonly<Record<string, string>>): Parameters<typeof runCli>[1] {
    return {
      cwd: this.#folder,
      env: { HOME: this.#folder, HASH_KEY, METADATA_SERVER_DETECTION: 'none', ...env },
    };
  }
}

/** What a configuration says otherwise. */
export interface ConfigOptions {
  readonly token?: string;
  readonly account?: string;
  readonly baseUrl?: string;
  readonly destination?: string;
}

/** The text of a configuration. */
export function configOf(sandbox: Sandbox, rest = '', over: ConfigOptions = {}): string {
  return `version: 1
connector: acme
harvest:
  account_id: "${over.account ?? sandbox.accountId}"
  access_token: "${over.token ?? `\${TOKEN:-${sandbox.tokens.administrator}}`}"
  base_url: ${over.baseUrl ?? sandbox.baseUrl}
  identity_url: ${sandbox.identityUrl}
  limits: { general: off, reports: off }
destination: ${over.destination ?? '{ type: duckdb, path: acme.duckdb }'}
${rest}`;
}

/** The destination of a scripted BigQuery. */
export function bigQueryDestination(server: ScriptedBigQuery, over = ''): string {
  return `{ type: bigquery, project: test, dataset: d, location: EU, api_endpoint: "${server.url}"${over} }`;
}
