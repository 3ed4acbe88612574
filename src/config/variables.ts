import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { invalidConfig, problemOfFile } from './problem.ts';

/** The environment together with the lines of `.env` in the working directory. */
export interface Variables {
  readonly values: ReadonlyMap<string, string>;
  /** Whether there is a `.env`, for messages that say where was looked. */
  readonly hasDotEnv: boolean;
}

/**
 * Reads `.env` (lines `NAME=value`) below the environment, which wins. A folder of that name is no such file.
 *
 * @throws ConnectorError CONFIG_INVALID where the file is there and cannot be read
 */
export async function loadVariables(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<Variables> {
  const dotEnv = await readDotEnv(join(cwd, '.env'));
  const values = new Map<string, string>();
  for (const [name, value] of [...Object.entries(parseEnv(dotEnv ?? '')), ...Object.entries(env)]) {
    if (value !== undefined) values.set(name, value);
  }
  return { values, hasDotEnv: dotEnv !== null };
}

async function readDotEnv(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) return null;
    throw invalidConfig('.env', [problemOfFile(`cannot be read (${code})`)]);
  }
}
