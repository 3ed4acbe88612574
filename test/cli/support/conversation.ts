/** A person at the wizard: reads what is asked, and types. */
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { CliContext } from '../../../src/cli/context.ts';
import { initWith, type OpenAsker } from '../../../src/cli/commands/init.ts';
import { toGlobalFlags } from '../../../src/cli/flags.ts';
import { openAsker } from '../../../src/cli/init/clack-asker.ts';
import type { Outcome } from '../../../src/cli/outcome.ts';
import { parseCommandLine } from '../../../src/cli/parse.ts';
import { playScreen } from './terminal-screen.ts';

/** What the keys send. */
export const KEY = { enter: '\r', down: '\u001b[B', space: ' ', stop: '\u0003' } as const;

const COLUMNS = 100;

/** A wizard under way. */
export interface Conversation {
  /** Waits for a question (or a remark) after the one before, and types. */
  answer(question: string, ...keys: readonly string[]): Promise<void>;
  /** Everything that stood on the screen, without colours. */
  readonly text: () => string;
  /** The lines that stand there in the end. */
  readonly screen: () => readonly string[];
  readonly ended: Promise<Outcome>;
}

/** Starts `init` with somebody to answer it. */
export function converse(
  line: string,
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly now: Date;
    readonly signal?: AbortSignal;
  },
): Conversation {
  const signal = options.signal ?? new AbortController().signal;
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  let text = '';
  const output = Object.assign(
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString();
        done();
      },
    }),
    { isTTY: true, columns: COLUMNS, rows: 40 },
  );
  const plain = (): string => stripVTControlCharacters(text);
  const open: OpenAsker = async () => openAsker('harvest-bq 0.0.0', { input, output, signal, color: true });
  let seen = 0;
  return {
    text: plain,
    screen: () => playScreen(text.replaceAll('\n', '\r\n'), COLUMNS).lines,
    answer: async (question, ...keys) => {
      for (let waited = 0; !plain().slice(seen).includes(question); waited += 5) {
        if (waited > 8000) throw new Error(`not asked: ${question}, but: ${plain().slice(seen)}`);
        await sleep(5);
      }
      seen += plain().slice(seen).indexOf(question) + question.length;
      for (const key of keys) {
        input.write(key);
        await sleep(5);
      }
    },
    ended: run(line, open, { ...options, signal }),
  };
}

async function run(
  line: string,
  open: OpenAsker,
  options: Pick<CliContext, 'cwd' | 'env' | 'signal'> & { readonly now: Date },
): Promise<Outcome> {
  const parsed = parseCommandLine(line.split(' '), '0.0.0');
  if (parsed.kind !== 'command') throw new Error(`${line} is no command`);
  const { invocation } = parsed;
  const screen: CliContext['stdout'] = {
    isTerminal: true,
    width: 120,
    size: () => ({ columns: 80, rows: 24 }),
    paint: (_colour, words) => words,
    write: () => undefined,
    typed: (words) => words,
    writeExactly: () => undefined,
    flush: () => Promise.resolve(),
  };
  const context: CliContext = {
    command: 'init',
    globals: toGlobalFlags(invocation.flags),
    version: '0.0.0',
    env: options.env,
    cwd: options.cwd,
    stdout: screen,
    stderr: screen,
    signal: options.signal,
    now: () => options.now,
    session: { reporter: null, guard: null, command: null, secretManager: null, isPresented: false },
  };
  return initWith(invocation, context, open);
}
