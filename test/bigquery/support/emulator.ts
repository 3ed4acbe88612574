/** Starts and ends the emulator (see ../emulator/README.md) as a child of the test process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { emulatorPython } from './python.ts';

const SERVE = fileURLToPath(new URL('../emulator/serve.py', import.meta.url));
const READY = /Uvicorn running on http:\/\/127\.0\.0\.1:(\d+)/;
const READY_WITHIN_MS = 120_000;
const END_WITHIN_MS = 5_000;
const LINES_KEPT = 60;

/** An emulator that answers. */
export interface Emulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** The last lines that it wrote, for messages. */
  said(): string;
}

/** Starts an emulator with an empty folder of its own on a free port, and waits until it answers. */
export async function startEmulator(): Promise<Emulator> {
  const python = await emulatorPython();
  const data = await mkdtemp(join(tmpdir(), 'harvest-bq-emulator-'));
  const child = launch(python, data);
  const lines: string[] = [];
  const said = (): string => lines.join('\n');
  // and should this process be killed without a word, the child's standard input ends, and the child with it
  const onExit = (): boolean => child.kill('SIGKILL');
  process.on('exit', onExit);
  const end = async (): Promise<void> => {
    await endChild(child);
    process.off('exit', onExit);
    await rm(data, { recursive: true, force: true });
  };
  try {
    const port = await untilReady(child, lines);
    return { url: `http://127.0.0.1:${port}`, port, pid: child.pid ?? 0, said, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw new Error(`The BigQuery emulator did not start:\n${said()}`, { cause: error });
  }
}

function launch(python: string, data: string): ChildProcess {
  const ports = ['--port', '0', '--grpc-port', '0'];
  return spawn(python, [SERVE, '--host', '127.0.0.1', '--data-dir', data, ...ports], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HARVEST_BQ_ENDS_WITH_STDIN: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
    },
  });
}

/** Reads what the child writes for as long as it lives, and answers the port once it is ready. */
async function untilReady(child: ChildProcess, lines: string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const timer = setTimeout(() => reject(new Error('it was not ready in time')), READY_WITHIN_MS);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      lines.splice(0, lines.length - LINES_KEPT);
      const port = READY.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  }
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`it ended: ${code ?? signal}`)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Ends exactly this child: in order, or after a while without. */
async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}
