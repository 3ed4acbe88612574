/** Writes the configuration: whole or not at all, and never over another unless that is wanted. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../classify/error-like.ts';
import { ConnectorError } from '../../errors.ts';

/** The schema beside the file, which its first line names for editors. */
export const SCHEMA_FILE = 'config.schema.json';

const SCHEMA = new URL('../../../config/config.schema.json', import.meta.url);

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is refused',
  EPERM: 'permission is refused',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'a part of its path is a file, not a folder',
};

/** A file that is written beside its place, and gone with the end of its use unless it was published. */
export interface StagedFile extends AsyncDisposable {
  /** Where it stands until then. */
  readonly path: string;
  /**
   * Puts it in its place, in one step.
   * @throws ConnectorError INIT_EXISTS where something came there meanwhile; INIT_UNWRITABLE
   */
  publish(): Promise<void>;
}

/**
 * Refuses a place that is taken.
 * @throws ConnectorError INIT_EXISTS, INIT_UNWRITABLE
 */
export async function assertFree(path: string, shown: string, isForced: boolean): Promise<void> {
  try {
    const found = await stat(path);
    if (isForced && found.isFile()) return;
    throw found.isFile() ? exists(shown) : unwritable(shown, 'something that is no file stands there');
  } catch (cause) {
    if (cause instanceof ConnectorError) throw cause;
    if (codeOf(cause) !== 'ENOENT') throw unwritable(shown, codeOf(cause), cause);
  }
}

/** Writes the text beside its place; makes the folder. @throws ConnectorError INIT_UNWRITABLE */
export async function stageFile(
  text: string,
  { path, shown, isForced }: { readonly path: string; readonly shown: string; readonly isForced: boolean },
): Promise<StagedFile> {
  const staged = join(dirname(path), `.${basename(path)}.${randomUUID()}.yaml`);
  let made: string | undefined;
  let isPublished = false;
  try {
    made = await mkdir(dirname(path), { recursive: true });
    await writeFile(staged, text, { flag: 'wx' });
  } catch (cause) {
    await rm(staged, { force: true }).catch(() => undefined);
    throw unwritable(shown, codeOf(cause), cause);
  }
  return {
    path: staged,
    publish: async () => {
      try {
        await (isForced ? rename(staged, path) : claim(staged, path));
        isPublished = true;
      } catch (cause) {
        throw codeOf(cause) === 'EEXIST' ? exists(shown) : unwritable(shown, codeOf(cause), cause);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await rm(staged, { force: true });
      // a folder that was made for nothing goes too; one with something in it stays
      if (made !== undefined && !isPublished) await rmdir(dirname(path)).catch(() => undefined);
    },
  };
}

/**
 * Copies the schema into the folder of the file, so that editors find it wherever the package is. One that is there is
 * replaced only if it is an older one of ours. Answers whether it is as it should be.
 */
export async function copySchema(folder: string): Promise<boolean> {
  const path = join(folder, SCHEMA_FILE);
  const wanted = await readFile(SCHEMA, 'utf8');
  const found = await readFile(path, 'utf8').catch((error: unknown) =>
    codeOf(error) === 'ENOENT' ? null : '',
  );
  if (found === wanted) return true;
  if (found !== null && !found.includes('"title": "harvest-bq configuration"')) return false;
  try {
    await writeFile(path, wanted);
    return true;
  } catch {
    return false;
  }
}

/** A hard link is made or not; where there are none, a copy that does not write over anything has to do. */
async function claim(staged: string, path: string): Promise<void> {
  try {
    await link(staged, path);
  } catch (cause) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(cause))) throw cause;
    await copyFile(staged, path, constants.COPYFILE_EXCL);
  }
}

function exists(shown: string): ConnectorError {
  return new ConnectorError('INIT_EXISTS', `${shown} is there already.`, {
    hint: 'Write another with -c <path>, or this one anew with --force.',
  });
}

function unwritable(shown: string, reason: string, cause?: unknown): ConnectorError {
  const words = REASONS[reason] ?? reason;
  return new ConnectorError('INIT_UNWRITABLE', `${shown} cannot be written: ${words}`, { cause });
}
