/**
 * Finds a Python that the emulator runs on, and makes an environment for it once. Only 3.12 and 3.13 fit: one of its
 * packages needs 3.12, and the emulator itself ends at 3.13.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const REQUIREMENTS = fileURLToPath(new URL('../emulator/requirements.txt', import.meta.url));
const FITTING = ['3.13', '3.12'] as const;

/** A Python that runs and fits. */
export interface Python {
  /** Where it really lies, behind all shims. */
  readonly executable: string;
  readonly version: (typeof FITTING)[number];
}

interface Candidate {
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What is to be done where there is no Python that fits. */
export const NO_PYTHON =
  'No Python 3.12 or 3.13 was found. Install one, or name it: HARVEST_BQ_PYTHON=/path/to/python3.13';

/** The first Python that fits; null: there is none. HARVEST_BQ_PYTHON, if set, is the only one that is tried. */
export async function findPython(): Promise<Python | null> {
  for (const candidate of await candidates()) {
    const python = await tryPython(candidate);
    if (python !== null) return python;
  }
  return null;
}

/**
 * The Python of an environment that has the emulator; made on the first call, which takes a minute, and kept.
 * @throws Error when no Python fits, or the packages cannot be installed
 */
export function emulatorPython(): Promise<string> {
  return environmentWith(REQUIREMENTS, 'emulator');
}

/**
 * The same with other packages; `name` begins the folder's name.
 * @throws Error when no Python fits, or the packages cannot be installed
 */
export async function environmentWith(requirements: string, name: string): Promise<string> {
  const python = await findPython();
  if (python === null) throw new Error(NO_PYTHON);
  const folder = join(cacheFolder(), `${name}-${await digest(python, requirements)}`);
  const executable = join(folder, 'bin', 'python');
  if (await works(executable)) return executable;
  await mkdir(cacheFolder(), { recursive: true });
  await removeAbandoned();
  await build(python, requirements, folder);
  return executable;
}

async function candidates(): Promise<readonly Candidate[]> {
  const named = process.env['HARVEST_BQ_PYTHON'];
  if (named !== undefined && named !== '') return [{ command: named }];
  const all = await Promise.all(FITTING.map(candidatesOf));
  return [...all.flat(), { command: 'python3' }];
}

async function candidatesOf(version: string): Promise<readonly Candidate[]> {
  const installed = await pyenvVersions(version);
  const command = `python${version}`;
  return [
    { command },
    ...installed.map((full) => ({ command, env: { PYENV_VERSION: full } })),
    ...installed.map((full) => ({ command: join(pyenvFolder(), full, 'bin', 'python') })),
  ];
}

/** What pyenv has installed of a version such as 3.13, newest first. */
async function pyenvVersions(version: string): Promise<readonly string[]> {
  const names = await readdir(pyenvFolder()).catch(() => []);
  const patch = (name: string): number => Number(name.split('.')[2]);
  const fitting = names.filter((name) => name.startsWith(`${version}.`) && Number.isInteger(patch(name)));
  return fitting.toSorted((left, right) => patch(right) - patch(left));
}

function pyenvFolder(): string {
  return join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
}

/** Runs a candidate, since a shim lies on the path also when nothing is behind it. */
async function tryPython({ command, env }: Candidate): Promise<Python | null> {
  const code = 'import sys; print(sys.version_info[:2]); print(sys.executable)';
  try {
    const { stdout } = await run(command, ['-c', code], {
      env: { ...process.env, ...env },
      timeout: 30_000,
    });
    const [said, executable] = stdout.trim().split('\n');
    const version = FITTING.find((fitting) => said === `(${fitting.replace('.', ', ')})`);
    return version === undefined || executable === undefined ? null : { executable, version };
  } catch {
    return null;
  }
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'harvest-bq');
}

async function digest({ version }: Python, requirements: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(requirements))
    .update(version)
    .digest('hex')
    .slice(0, 12);
}

/** Whether the environment is there and the Python that it was made from still is. */
async function works(executable: string): Promise<boolean> {
  return run(executable, ['-c', ''], { timeout: 30_000 }).then(
    () => true,
    () => false,
  );
}

/** Builds beside the place and moves the whole there, so that nobody ever meets half of one. */
async function build({ executable, version }: Python, requirements: string, folder: string): Promise<void> {
  const beside = `${folder}.${process.pid}`;
  process.stderr.write(`Making a Python ${version} environment, once: ${folder}\n`);
  try {
    await run(executable, ['-m', 'venv', beside], { timeout: 120_000 });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    // the package says 3.13, and runs on 3.12
    const lenient = version === '3.12' ? ['--ignore-requires-python'] : [];
    await run(join(beside, 'bin', 'python'), [...install, ...lenient, '--requirement', requirements], {
      timeout: 900_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    await moveTo(folder, beside);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** Takes the place, unless another process has just done so with an environment that works. */
async function moveTo(folder: string, beside: string): Promise<void> {
  if (await works(join(folder, 'bin', 'python'))) return;
  await rm(folder, { recursive: true, force: true });
  try {
    await rename(beside, folder);
  } catch (error) {
    if (!(await works(join(folder, 'bin', 'python')))) throw error;
  }
}

/** What a process that was killed while building has left behind. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(cacheFolder())) {
    const pid = /^(?:emulator|dlt|dbt)-\w+\.(\d+)$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(cacheFolder(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
