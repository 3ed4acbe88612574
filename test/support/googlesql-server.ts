/**
 * The process with Google's SQL analyser, which the package `@fivetrandevelopers/zetasql` brings along for Linux with
 * glibc and for macOS. The package's own way to start it never settles and takes the wrong file on arm64.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PACKAGE = '@fivetrandevelopers/zetasql';
const START_MS = 10_000;
const CALL_MS = 20_000;
/** What `sh` answers for a file that this machine cannot run. */
const CANNOT_RUN: readonly number[] = [126, 127];
/** gRPC's INVALID_ARGUMENT: the analyser has read the SQL and refuses it. */
const INVALID_ARGUMENT = 3;

/**
 * Runs the server until standard input closes: it then goes even when this process was killed, or when a test runner
 * kept the events of the real process from us.
 */
const UNTIL_STDIN_CLOSES =
  'exec 3<&0; "$0" localhost "$1" </dev/null 3<&- & server=$!; ' +
  '{ read -r line <&3; kill -9 $server; } >/dev/null 2>&1 & wait $server';

/** An answer of the server: a message of its protocol, whose own types are some 1,500 files. */
export type Tree = Readonly<Record<string, unknown>>;

/** The calls that are used here. */
export type Call = 'analyze' | 'getLanguageOptions' | 'parse' | 'registerCatalog' | 'unregisterCatalog';

/** The running analyser. */
export interface SqlServer extends AsyncDisposable {
  /**
   * Calls the analyser.
   *
   * @throws AnalyserRefused where it refuses the SQL; any other Error where it could not answer
   */
  readonly call: (name: Call, request: Tree) => Promise<Tree>;
}

/** What the analyser says against a statement, with its position in what was sent. */
export class AnalyserRefused extends Error {
  override readonly name = 'AnalyserRefused';
}

/** This machine has no analyser; the message says why. */
export class NoAnalyser extends Error {
  override readonly name = 'NoAnalyser';
}

type Method = (
  request: Tree,
  options: { readonly deadline: number },
  done: (error: (Error & { code?: number; details?: string }) | null, answer?: Tree) => void,
) => void;

interface Package {
  readonly ZetaSQLClient: {
    readonly init: (port: number) => void;
    readonly API: Readonly<Record<Call, Method>> & { readonly close: () => void };
  };
}

/** @throws NoAnalyser where the package has no server for this machine */
export async function startServer(): Promise<SqlServer> {
  const require = createRequire(import.meta.url);
  const file = serverFile(require);
  const port = await freePort();
  const child = spawn('/bin/sh', ['-c', UNTIL_STDIN_CLOSES, file, String(port)], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  try {
    await ready(child, ended, port);
    const { ZetaSQLClient } = require(PACKAGE) as Package;
    ZetaSQLClient.init(port);
    const api = ZetaSQLClient.API;
    return {
      call: (name, request) => call(api, name, request),
      async [Symbol.asyncDispose]() {
        api.close();
        child.stdin.end();
        await ended;
      },
    };
  } catch (error) {
    child.stdin.end();
    throw error;
  }
}

function serverFile(require: NodeJS.Require): string {
  const suffix = { linux: '.so', darwin: '' }[process.platform as string];
  const arm = { arm64: '_arm', x64: '' }[process.arch as string];
  if (suffix === undefined || arm === undefined) {
    throw new NoAnalyser(`${PACKAGE} has no analyser for ${process.platform} on ${process.arch}`);
  }
  let main: string;
  try {
    main = require.resolve(PACKAGE);
  } catch (cause) {
    throw new NoAnalyser(`${PACKAGE} is not installed`, { cause });
  }
  const file = join(dirname(main), 'zetasql', `remote_server${arm}${suffix}`);
  if (!existsSync(file)) throw new NoAnalyser(`${file} is missing`);
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** Waits until the port takes connections. */
async function ready(child: ChildProcess, ended: Promise<number | null>, port: number): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-1000);
  });
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    const exit = await Promise.race([ended.then((code) => ({ code })), connects(port)]);
    if (exit === true) return;
    if (exit !== false) {
      if (CANNOT_RUN.includes(exit.code ?? 0)) {
        throw new NoAnalyser(`The analyser does not run on this system: ${said.trim()}`);
      }
      throw new Error(`The analyser ended with exit code ${exit.code}: ${said.trim()}`);
    }
    await delay(15);
  }
  throw new Error(`The analyser was not ready after ${START_MS} ms: ${said.trim()}`);
}

async function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

async function call(api: Package['ZetaSQLClient']['API'], name: Call, request: Tree): Promise<Tree> {
  return new Promise((resolve, reject) => {
    api[name](request, { deadline: Date.now() + CALL_MS }, (error, answer) => {
      if (error === null && answer !== undefined) resolve(answer);
      else if (error?.code === INVALID_ARGUMENT) reject(new AnalyserRefused(error.details ?? error.message));
      else reject(new Error(`The analyser failed at ${name}: ${error?.message}`, { cause: error }));
    });
  });
}
