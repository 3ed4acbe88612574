/** Questions to the person at the terminal. Nothing asks in a pipe: there a missing answer is an error that names the flag. */
import { createInterface } from 'node:readline/promises';
import { ConnectorError } from '../errors.ts';
import type { CliContext } from './context.ts';

/** Whether there is somebody to ask. */
export function canAsk({ globals, stderr }: CliContext): boolean {
  return globals.input && stderr.isTerminal && process.stdin.isTTY;
}

/**
 * Asks a question that is answered with yes or no; `--yes` answers it.
 * @throws ConnectorError USAGE_CONFIRMATION where nobody can be asked
 */
export async function askYesNo(question: string, context: CliContext): Promise<boolean> {
  if (context.globals.yes) return true;
  return /^y(es)?$/i.test(await answerTo(`${question} [y/N] `, context));
}

/**
 * Asks for a word that has to be typed before something is changed by hand; `--yes` types it.
 * @throws ConnectorError USAGE_CONFIRMATION where nobody can be asked
 */
export async function askToType(word: string, context: CliContext): Promise<boolean> {
  if (context.globals.yes) return true;
  return (await answerTo(`Type ${word} to go on: `, context)) === word;
}

async function answerTo(question: string, context: CliContext): Promise<string> {
  if (!canAsk(context)) {
    throw new ConnectorError('USAGE_CONFIRMATION', 'This has to be confirmed, and there is nobody to ask.');
  }
  const goOn = context.session.reporter?.suspend?.();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question, { signal: context.signal })).trim();
  } finally {
    lines.close();
    goOn?.();
  }
}

/** For a run: how it asks, where somebody can answer or has answered beforehand. */
export function whoToAsk(context: CliContext): { readonly ask?: (question: string) => Promise<boolean> } {
  if (!context.globals.yes && !canAsk(context)) return {};
  return { ask: (question) => askYesNo(question, context) };
}
