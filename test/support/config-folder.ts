import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { loadConfig, type LoadOptions } from '../../src/config/load.ts';
import { ConnectorError } from '../../src/errors.ts';

/** A working directory of its own with the given files; gone when the test is. */
export interface ConfigFolder extends AsyncDisposable {
  readonly path: string;
  /** Loads the configuration as a process in this folder would. */
  readonly load: (options?: Partial<LoadOptions>) => Promise<Config>;
  /** Loads it, and gives the error that has to come. */
  readonly failure: (options?: Partial<LoadOptions>) => Promise<ConnectorError>;
}

/** Makes the folder; `files` maps paths below it to their contents. */
export async function openConfigFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<ConfigFolder> {
  const path = await mkdtemp(join(tmpdir(), 'harvest-bq-config-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  const load = (options: Partial<LoadOptions> = {}): Promise<Config> =>
    loadConfig({ env: {}, cwd: path, now: new Date('2026-11-20T12:00:00Z'), ...options });
  return {
    path,
    load,
    failure: async (options) => {
      const outcome: unknown = await load(options).catch((error: unknown) => error);
      if (outcome instanceof ConnectorError) return outcome;
      throw new Error('the configuration was expected to be refused', { cause: outcome });
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** What is said of a file `harvest-bq.yaml` with mistakes; without the line that only counts where there is one. */
export async function saidOf(content: string | Uint8Array): Promise<string> {
  await using folder = await openConfigFolder({ 'harvest-bq.yaml': content });
  const error = await folder.failure({ env: { TOKEN: 'a-token' } });
  if (error.code !== 'CONFIG_INVALID') throw error;
  return error.message.replace(/^1 problem in harvest-bq\.yaml\n\n {2}/, '');
}

/** A small file without mistakes; `rest` is added below it. */
export function minimalConfig(rest = ''): string {
  return `version: 1
connector: acme
harvest:
  account_id: 123456
  access_token: env://TOKEN
${rest}`;
}
