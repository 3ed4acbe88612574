/** Files that a command writes because it was asked to: never over something that somebody may miss. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { classify } from '../classify/classify.ts';
import { codeOf } from '../classify/error-like.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import type { CliContext } from './context.ts';
import { shownPath } from './shown-path.ts';

/** What is written, and what may lie there already. */
export interface OutputFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** Whether a file that begins like this is an earlier one of the same kind, which may go. */
  readonly isOurs: (head: string) => boolean;
}

/** Characters that are enough to recognise a file of ours. */
const HEAD_BYTES = 8192;

/**
 * Writes a file that only its owner reads, whole or not at all. The configuration, the warehouse and `.env` are never written
 * over; another file that is not of the same kind only with --yes. Folders are not made; devices and pipes are written to.
 * @throws ConnectorError USAGE_INVALID, USAGE_CONFIRMATION
 */
export async function writeOutput(
  { path, text, isOurs }: OutputFile,
  config: Config,
  context: CliContext,
): Promise<void> {
  const shown = shownPath(path, context.cwd);
  await assertHarmless(path, shown, config, context);
  const found = await kindOf(path, shown);
  if (found === 'file' && !context.globals.yes && !isOurs(await headOf(path, shown))) {
    throw new ConnectorError(
      'USAGE_CONFIRMATION',
      `${shown} is there already, and this command did not write it.`,
      {
        hint: 'Choose another name, or write over it with --yes.',
        details: { path },
      },
    );
  }
  if (found === 'device') await attempt(shown, async () => writeFile(path, text));
  else await writeWhole(path, text, shown);
}

/**
 * Writes a file that only its owner reads into a folder of the program's own, which is made.
 * @throws ConnectorError USAGE_INVALID where it cannot be written
 */
export async function writeOwn(path: string, text: string, cwd: string): Promise<void> {
  const shown = shownPath(path, cwd);
  await attempt(shown, async () => mkdir(dirname(path), { recursive: true }));
  await writeWhole(path, text, shown);
}

/** Beside its place first: what stood there is whole until the new one is. Links lead on as before. */
async function writeWhole(path: string, text: string, shown: string): Promise<void> {
  const place = await realpath(path).catch(() => path);
  const beside = join(dirname(place), `.${basename(place)}.${randomUUID()}.part`);
  await attempt(shown, async () => {
    try {
      await writeFile(beside, text, { mode: 0o600, flag: 'wx' });
      await rename(beside, place);
    } finally {
      await rm(beside, { force: true }).catch(() => undefined);
    }
  });
}

async function assertHarmless(
  path: string,
  shown: string,
  config: Config,
  { cwd }: CliContext,
): Promise<void> {
  const { destination, file } = config;
  const warehouse = destination.type === 'duckdb' ? [destination.path, `${destination.path}.wal`] : [];
  const kept = [
    ...warehouse.map((place) => [place, 'the warehouse'] as const),
    ...(file === null ? [] : [[file, 'the configuration in use'] as const]),
    [join(cwd, '.env'), 'the file of variables'] as const,
  ];
  for (const [place, what] of kept) {
    if (place !== path && !(await isSameFile(place, path))) continue;
    throw new ConnectorError('USAGE_INVALID', `${shown} is ${what}: it is not written over.`, {
      hint: 'Choose another name.',
      details: { path },
    });
  }
}

/** Whatever the names: links, and file systems that do not tell capitals apart. */
async function isSameFile(left: string, right: string): Promise<boolean> {
  const [one, other] = await Promise.all(
    [left, right].map((path) => stat(path, { bigint: true }).catch(() => null)),
  );
  return one != null && other != null && one.ino === other.ino && one.dev === other.dev;
}

async function kindOf(path: string, shown: string): Promise<'file' | 'device' | null> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw unwritable(shown, 'it is a folder');
    return found.isFile() ? 'file' : 'device';
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw cause instanceof ConnectorError ? cause : unwritable(shown, reasonOf(cause), cause);
  }
}

/** The beginning of a file; of one that cannot be read nothing, so that it is nobody's. */
async function headOf(path: string, shown: string): Promise<string> {
  return attempt(shown, async () => {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  });
}

async function attempt<Result>(shown: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw unwritable(shown, codeOf(cause) === 'ENOENT' ? 'there is no such folder' : reasonOf(cause), cause);
  }
}

function reasonOf(cause: unknown): string {
  return classify(cause).message;
}

function unwritable(shown: string, reason: string, cause?: unknown): ConnectorError {
  return new ConnectorError('USAGE_INVALID', `${shown} cannot be written: ${reason}`, {
    hint: 'Choose a place that can be written.',
    cause,
  });
}
