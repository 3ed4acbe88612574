import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { ConnectorError } from '../errors.ts';

/** A configuration file: where it is and how messages show it. */
export interface FoundFile {
  readonly path: string;
  /** Relative to the working directory where it lies below it. */
  readonly shown: string;
}

/** Where the file is looked for when none is named, in this order. */
export const DEFAULT_FILES: readonly string[] = ['config/harvest-bq.yaml', 'harvest-bq.yaml'];

/**
 * Finds the configuration file: the one that is named, else the first of the default places that exists.
 *
 * @param named `-c`, else HARVEST_BQ_CONFIG; relative to `cwd`
 * @returns null where none is named and none exists
 * @throws ConnectorError CONFIG_FILE_MISSING where the named one does not exist
 */
export async function findConfigFile(named: string | undefined, cwd: string): Promise<FoundFile | null> {
  for (const candidate of named === undefined ? DEFAULT_FILES : [named]) {
    const path = resolve(cwd, candidate);
    if (await exists(path)) return { path, shown: showPath(path, cwd) };
  }
  if (named === undefined) return null;
  const path = resolve(cwd, named);
  throw new ConnectorError('CONFIG_FILE_MISSING', `${showPath(path, cwd)} does not exist`, {
    details: { places: [path] },
  });
}

function showPath(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below;
}

/** A path that cannot be looked at counts as there: reading it then says why. */
async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    return !['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
  }
}
