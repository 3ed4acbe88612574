/** Runs a process to its end and tells what it took. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessFailure } from './attempt.ts';
import { openScratch } from './scratch.ts';

/** The module that tells what its process has used. */
export const MEASURE = new URL('./measure.mjs', import.meta.url).href;

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What a process took. Memory is the most physical memory it ever had; time is from its start to its end. */
export interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** A process that has ended well. */
export interface Measured extends Usage {
  readonly stdout: string;
}

/** What a process is run with. */
export interface MeasuredOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command and waits for its end. A Node.js process writes its usage itself; others have to write the file that
 * HARVEST_BQ_BENCH_USAGE names.
 * @throws ProcessFailure with what the process said, when it fails
 */
export async function runMeasured(
  command: string,
  args: readonly string[],
  options: MeasuredOptions = {},
): Promise<Measured> {
  await using folder = await openScratch('usage');
  const file = join(folder.path, 'usage.json');
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd ?? folder.path,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? folder.path,
      TMPDIR: tmpdir(),
      NODE_OPTIONS: `--import=${MEASURE}`,
      HARVEST_BQ_BENCH_USAGE: file,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const onExit = (): boolean => child.kill('SIGKILL');
  // before the folders go that it writes to
  process.prependListener('exit', onExit);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)));
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, signal) => resolve(status ?? signal ?? 'no exit code'));
    });
    const seconds = (performance.now() - startedAt) / 1000;
    if (code !== 0) throw new ProcessFailure(`${command} ${args.join(' ')}`, code, stdout, stderr);
    const usage = JSON.parse(await readFile(file, 'utf8')) as Omit<Usage, 'seconds'>;
    return { stdout, seconds, ...usage };
  } finally {
    process.off('exit', onExit);
  }
}
