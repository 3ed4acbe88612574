import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const BIN = fileURLToPath(new URL('../../../dist/cli/bin.js', import.meta.url));

/** How a process ended and what it said. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a process runs. */
export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of Node.js itself. */
  readonly node?: readonly string[];
}

/** Starts the built program with stdin closed and an environment of its own. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  return spawn(process.execPath, [...(options.node ?? []), BIN, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), TMPDIR: tmpdir(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits for a process and gathers what it says. */
export async function ended(child: ChildProcess): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs the built program to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  return ended(startCli(args, options));
}

/** A folder of its own, gone when the test is over. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'harvest-bq-cli-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The one JSON document on stdout. */
export function documentOf(run: CliRun): Envelope {
  return JSON.parse(run.stdout) as Envelope;
}

/** The document that every command gives under `-o json`. */
export interface Envelope {
  readonly schema_version: number;
  readonly command: string | null;
  readonly version: string;
  readonly ok: boolean;
  readonly exit_code: number;
  readonly data: unknown;
  readonly warnings: readonly string[];
  readonly error?: {
    readonly code: string;
    readonly kind: string;
    readonly message: string;
    readonly hint: string;
    readonly stream: string | null;
    readonly details: unknown;
    readonly docs: string;
  };
}
