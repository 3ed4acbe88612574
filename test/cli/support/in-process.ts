/** Commands in this process, without the screen around them: what they answer, and what they tell on the way. */
import { classify } from '../../../src/classify/classify.ts';
import type { CliContext } from '../../../src/cli/context.ts';
import { dispatch } from '../../../src/cli/dispatch.ts';
import { toGlobalFlags } from '../../../src/cli/flags.ts';
import { parseCommandLine } from '../../../src/cli/parse.ts';
import type { FailureFacts } from '../../../src/cli/envelope.ts';
import type { ConnectorError } from '../../../src/errors.ts';

/** How a command ended. */
export interface Said {
  readonly code: number;
  readonly text: string;
  readonly data: unknown;
  readonly closing: string;
  /** What went to stderr before the answer. */
  readonly told: string;
  readonly error: ConnectorError | null;
  /** Why the exit code is not 0, where an answer came all the same. */
  readonly failure: FailureFacts | null;
}

/** Runs a command with an environment of its own; nobody can be asked. */
export async function say(
  line: string,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly now?: Date },
): Promise<Said> {
  let told = '';
  const screen = (write: (text: string) => void): CliContext['stdout'] => ({
    isTerminal: false,
    width: Infinity,
    size: () => ({ columns: 80, rows: 24 }),
    paint: (_colour, text) => text,
    write,
    typed: (text) => text,
    writeExactly: write,
    flush: () => Promise.resolve(),
  });
  try {
    const parsed = parseCommandLine(line.split(' '), '0.0.0');
    if (parsed.kind !== 'command') throw new Error(`${line} is no command`);
    const { invocation } = parsed;
    const outcome = await dispatch(invocation, {
      command: invocation.command,
      globals: toGlobalFlags(invocation.flags),
      version: '0.0.0',
      env: options.env,
      cwd: options.cwd,
      stdout: screen(() => undefined),
      stderr: screen((text) => (told += text)),
      signal: new AbortController().signal,
      now: () => options.now ?? new Date(),
      session: { reporter: null, guard: null, command: null, secretManager: null, isPresented: false },
    });
    const { exitCode: code, text, data, closing = '', failure = null } = outcome;
    return { code, text, data, closing, told, error: null, failure };
  } catch (cause) {
    const error = classify(cause);
    return { code: error.exitCode, text: '', data: null, closing: '', told, error, failure: null };
  }
}
