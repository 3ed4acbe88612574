/** Part 5: how long a command takes that has nothing to do, against Node.js that has nothing to do. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BIN, configOf } from '../support/connector.ts';
import { runMeasured } from '../support/measured.ts';
import { ACCOUNT, type Part } from '../support/part.ts';
import { atMost, median, noted, round, type Line } from '../support/result.ts';
import { openScratch } from '../support/scratch.ts';
import { startServer, type BenchServer } from '../support/server.ts';

const COMMANDS = [
  { name: '--help', args: ['--help'], mostMs: 100 },
  { name: 'discover', args: ['discover'], mostMs: 200 },
  { name: 'status', args: ['status'], mostMs: 300 },
] as const;

/** Cold starts of the built program, each beside one of `node -e 0`. */
export const start: Part = {
  name: 'start',
  title: 'Cold start against bare `node -e 0`',
  run: async ({ quick, say }) => {
    await using server = await startServer({ sandbox: { ...ACCOUNT, size: 'tiny' } });
    await using folder = await openScratch('start');
    await prepare(folder.path, server);
    say('starting commands');
    return await measure(folder.path, quick ? 5 : 15);
  },
};

/** A folder in which a sync has been, so that `status` has something to say. */
async function prepare(folder: string, server: BenchServer): Promise<void> {
  await writeFile(join(folder, 'harvest-bq.yaml'), configOf(server, {}));
  await runMeasured(process.execPath, [BIN, 'sync', 'clients', 'users', '-q', '-o', 'json'], { cwd: folder });
}

async function measure(folder: string, times: number): Promise<readonly Line[]> {
  const bare: number[] = [];
  const taken = new Map<string, number[]>(COMMANDS.map(({ name }) => [name, []]));
  for (let nth = 0; nth < times; nth += 1) {
    bare.push(await millisecondsOf(['-e', '0'], folder));
    for (const { name, args } of COMMANDS) {
      taken.get(name)?.push(await millisecondsOf([BIN, ...args], folder));
    }
  }
  const nothing = median(bare);
  return [
    noted(`node -e 0, median of ${times}`, `${round(nothing)} ms`),
    ...COMMANDS.map(({ name, mostMs }) => {
      const all = median(taken.get(name) ?? []);
      return atMost(`${name}: beyond that`, all - nothing, mostMs, ' ms');
    }),
  ];
}

/** Without the measuring module, which would be in the figure. */
async function millisecondsOf(args: readonly string[], cwd: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { cwd, stdio: 'ignore' });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0 && !(args.includes('status') && code === 1))
    throw new Error(`${args.join(' ')} ended with ${String(code)}`);
  return performance.now() - startedAt;
}
