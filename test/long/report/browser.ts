/** A browser without a window, driven over the DevTools protocol: Chromium as it is installed, and nothing beside it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Names under which Chromium and its relatives are installed. */
const NAMES = [
  'chromium',
  'chromium-headless-shell',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
];

/** A browser that does not end by itself within this time is ended. */
const SLOW_END_MS = 5000;

/** The program of a browser: that of CHROMIUM_PATH, else the first in PATH; null: there is none. */
export function findBrowser(): string | null {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** How a page is looked at. */
export interface View {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
  readonly media: 'screen' | 'print';
}

/** A page that is open. */
export interface Page {
  /** What was asked of any network or disk, by address, the page itself first. */
  readonly requests: readonly string[];
  /** What the browser complained of. */
  readonly complaints: readonly string[];
  look(view: View): Promise<void>;
  /** Runs an expression in the page and gives what it comes to. */
  evaluate(expression: string): Promise<unknown>;
  /** The whole page as a PNG image. */
  picture(): Promise<Buffer>;
  /** The page on paper, as PDF. */
  paper(): Promise<Buffer>;
}

type Message = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly resolve: (result: Message) => void;
  readonly reject: (error: Error) => void;
}

/** A browser that runs; it has no network. */
export class Browser implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #folder: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(message: Message) => void>();
  #sent = 0;

  private constructor(child: ChildProcess, socket: WebSocket, folder: string) {
    this.#child = child;
    this.#socket = socket;
    this.#folder = folder;
    socket.addEventListener('message', ({ data }) => {
      this.#hear(JSON.parse(String(data)) as Message);
    });
  }

  /** Starts the program with a profile of its own that goes with it. */
  static async start(program: string): Promise<Browser> {
    const folder = await mkdtemp(join(tmpdir(), 'harvest-bq-browser-'));
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--hide-scrollbars',
      '--remote-debugging-port=0',
      `--user-data-dir=${folder}`,
    ];
    const child = spawn(program, [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const socket = new WebSocket(await addressOf(child));
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    return new Browser(child, socket, folder);
  }

  /** Opens an address with the network off. */
  async open(url: string, view: View): Promise<Page> {
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true });
    const send = (method: string, params: Message = {}): Promise<Message> =>
      this.#send(method, params, String(sessionId));
    const requests: string[] = [];
    const complaints: string[] = [];
    this.#listeners.add((message) => {
      if (message['sessionId'] === sessionId) note(message, requests, complaints);
    });
    for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await send(`${domain}.enable`);
    const conditions = { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 };
    await send('Network.emulateNetworkConditions', conditions);
    const page = pageOf(send, requests, complaints);
    await page.look(view);
    const loaded = this.#once('Page.loadEventFired', sessionId);
    await send('Page.navigate', { url });
    await loaded;
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), SLOW_END_MS);
    this.#send('Browser.close', {}).catch(() => this.#child.kill('SIGKILL'));
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended;
    clearTimeout(timer);
    this.#socket.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #send(method: string, params: Message, sessionId?: string): Promise<Message> {
    const id = ++this.#sent;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(
        JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
      );
    });
  }

  #hear(message: Message): void {
    for (const listener of this.#listeners) listener(message);
    const waiting = this.#waiting.get(Number(message['id']));
    if (waiting === undefined) return;
    this.#waiting.delete(Number(message['id']));
    if (message['error'] === undefined) waiting.resolve(message['result'] as Message);
    else waiting.reject(new Error(JSON.stringify(message['error'])));
  }

  #once(method: string, sessionId: unknown): Promise<void> {
    return new Promise((resolve) => {
      const listener = (message: Message): void => {
        if (message['method'] !== method || message['sessionId'] !== sessionId) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }
}

function pageOf(
  send: (method: string, params?: Message) => Promise<Message>,
  requests: readonly string[],
  complaints: readonly string[],
): Page {
  const image = async (method: string, params: Message): Promise<Buffer> =>
    Buffer.from(String((await send(method, params))['data']), 'base64');
  return {
    requests,
    complaints,
    look: async ({ width, scheme, media }) => {
      const screen = { width, height: 900, deviceScaleFactor: 1, mobile: false };
      await send('Emulation.setDeviceMetricsOverride', screen);
      const features = [{ name: 'prefers-color-scheme', value: scheme }];
      await send('Emulation.setEmulatedMedia', { media, features });
    },
    evaluate: async (expression) => {
      const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (answer['exceptionDetails'] !== undefined)
        throw new Error(JSON.stringify(answer['exceptionDetails']));
      return (answer['result'] as Message)['value'];
    },
    picture: () => image('Page.captureScreenshot', { captureBeyondViewport: true }),
    paper: () => image('Page.printToPDF', { printBackground: true, preferCSSPageSize: true }),
  };
}

function note(message: Message, requests: string[], complaints: string[]): void {
  const params = (message['params'] ?? {}) as Readonly<Record<string, Message | undefined>>;
  if (message['method'] === 'Network.requestWillBeSent') requests.push(String(params['request']?.['url']));
  if (message['method'] === 'Log.entryAdded') complaints.push(String(params['entry']?.['text']));
  if (message['method'] === 'Runtime.exceptionThrown')
    complaints.push(JSON.stringify(params['exceptionDetails']));
}

/** What the program says on stderr once it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.on('error', reject);
    child.on('exit', () => {
      reject(new Error(`The browser did not start: ${said}`));
    });
  });
}
