import { codeOf } from '../../classify/error-like.ts';
import { constants } from 'node:fs';
import { access, link, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { classify } from '../../classify/classify.ts';
import { ConnectorError } from '../../errors.ts';
import { DuckDbClient } from './client.ts';

/** Where every DuckDB file says what it is: four letters behind an eight-byte checksum. */
const MAGIC = 'DUCK';
const MAGIC_OFFSET = 8;

/** What a draft is called after the name of the file: the process, and perhaps its log. */
const DRAFT_END = /^\d+(?:\.wal)?$/;

/**
 * Looks at the path before DuckDB touches it, so that whatever stands there is left as it is.
 * @returns whether the file exists
 * @throws ConnectorError WAREHOUSE_UNWRITABLE, WAREHOUSE_NOT_DUCKDB
 */
export async function inspectFile(path: string, mode: 'readwrite' | 'readonly'): Promise<boolean> {
  try {
    const found = await stat(path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    });
    if (found === null) return false;
    if (!found.isFile()) throw unwritable(path, found.isDirectory() ? 'it is a folder' : 'it is not a file');
    await access(path, mode === 'readonly' ? constants.R_OK : constants.R_OK | constants.W_OK);
  } catch (error) {
    throw classify(error, { warehousePath: path });
  }
  if (!(await beginsLikeDuckDb(path))) {
    throw new ConnectorError('WAREHOUSE_NOT_DUCKDB', `${path} is not a DuckDB database`);
  }
  return true;
}

/**
 * Creates an empty database beside its place and then puts it there in one step, so that a run that is killed
 * meanwhile leaves no half a database behind.
 * @throws ConnectorError WAREHOUSE_UNWRITABLE, DISK_FULL
 */
export async function createFile(path: string, temporaryFolder: string): Promise<void> {
  const draft = `${path}.new-${process.pid}`;
  try {
    await access(dirname(path), constants.W_OK);
    await rm(draft, { force: true });
    const client = await DuckDbClient.open(draft, 'readwrite', temporaryFolder);
    await client.close();
    await link(draft, path);
  } catch (error) {
    throw classify(error, { warehousePath: path });
  } finally {
    await rm(draft, { force: true });
    await rm(`${draft}.wal`, { force: true });
  }
}

/**
 * Removes what killed processes have left of drafts beside a file, since it may hold values that were erased. Only for
 * whoever has the file open to write: nobody else is at work on it then.
 * @throws ConnectorError WAREHOUSE_UNWRITABLE
 */
export async function removeDrafts(path: string): Promise<void> {
  const folder = dirname(path);
  const before = `${basename(path)}.new-`;
  try {
    const names = await readdir(folder);
    const drafts = names.filter(
      (name) => name.startsWith(before) && DRAFT_END.test(name.slice(before.length)),
    );
    for (const draft of drafts) await rm(join(folder, draft), { force: true });
  } catch (error) {
    throw classify(error, { warehousePath: path });
  }
}

async function beginsLikeDuckDb(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(MAGIC.length);
    await file.read(bytes, 0, bytes.length, MAGIC_OFFSET);
    return bytes.toString('latin1') === MAGIC;
  } finally {
    await file.close();
  }
}

function unwritable(path: string, reason: string): ConnectorError {
  return new ConnectorError('WAREHOUSE_UNWRITABLE', `${path} cannot be written: ${reason}`);
}
