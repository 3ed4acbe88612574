import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN } from './run-cli.ts';

/** script(1) of util-linux, which gives a command a terminal of its own; null: this machine has none. */
export const SCRIPT = findScript();

function findScript(): string | null {
  if (process.platform !== 'linux') return null;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'script')).find((path) => existsSync(path)) ?? null;
}

/** A program at a terminal. */
export interface AtTerminal {
  /** Everything that was written to the terminal so far. */
  readonly text: () => string;
  /** Resolves once something was written; fails after twenty seconds. */
  said(word: string | ((text: string) => boolean)): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  resize(columns: number): void;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts the built program at a terminal of its own, 24 lines high. */
export function startAtTerminal(
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly columns?: number;
    readonly node?: readonly string[];
  },
): AtTerminal {
  const { cwd, env, columns = 80, node = [] } = options;
  const start = join(cwd, 'start.sh');
  const words = [process.execPath, ...node, BIN, ...args].map((word) => `'${word}'`);
  writeFileSync(start, `stty cols ${columns} rows 24\necho $$ > '${cwd}/pid'\nexec ${words.join(' ')}\n`);
  const child: ChildProcess = spawn(SCRIPT ?? 'script', ['-qfec', `sh '${start}'`, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const pid = (): number => Number(readFileSync(join(cwd, 'pid'), 'utf8'));
  return {
    text: () => text,
    said: async (word) => {
      const isSaid = typeof word === 'string' ? () => text.includes(word) : () => word(text);
      for (let waitedMs = 0; !isSaid(); waitedMs += 20) {
        if (waitedMs > 20_000) throw new Error(`not said, but: ${text.slice(-500)}`);
        await sleep(20);
      }
    },
    kill: (signal) => process.kill(pid(), signal),
    resize: (width) => {
      const terminal = readlinkSync(`/proc/${pid()}/fd/2`);
      execFileSync('stty', ['-F', terminal, 'cols', String(width)]);
    },
    ended,
  };
}
