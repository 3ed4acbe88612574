/** A screen that is looked at again and again until Ctrl-C, which is its ordinary end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectorError } from '../errors.ts';
import { errorLines } from '../report/error-text.ts';
import { Block } from '../report/live/block.ts';
import { cutLine, type Line } from '../report/live/line.ts';
import { paintError } from '../report/plain.ts';
import type { CliContext } from './context.ts';
import type { Outcome } from './outcome.ts';

/** The clock below the screen goes on every second. */
const TICK_MS = 1000;

/** Failures that the next look may not meet. */
const PASSING: ReadonlySet<string> = new Set(['transient', 'conflict']);

/**
 * Shows what a look finds, draws it over every so many seconds, and leaves the newest on the screen. The exit code is that of the
 * newest look. A look that fails for the moment is told below what was seen before.
 * @throws ConnectorError what the first look throws, and what will not pass
 */
export async function watch(
  look: (context: CliContext) => Promise<Outcome>,
  everySeconds: number,
  context: CliContext,
): Promise<Outcome> {
  const { stdout, signal } = context;
  const lookNow = (): Promise<Outcome> => look(narrower(context));
  let seen = await lookNow();
  let seenAtMs = Date.now();
  let trouble = '';
  const picture = (): readonly Line[] => {
    const age = Math.round((Date.now() - seenAtMs) / 1000);
    const foot = `${trouble}every ${everySeconds} s · ${age} s ago · Ctrl-C ends`;
    return screenOf(stdout.typed(seen.text), foot, stdout.size());
  };
  const serve = async (): Promise<number> => {
    // lines that were cut to the width stay as they are
    const block = new Block({ ...stdout, write: stdout.writeExactly }, stdout.paint, picture, TICK_MS);
    hold(block, context);
    block.start();
    try {
      while (await pause(everySeconds * 1000, signal)) {
        try {
          seen = await lookNow();
          seenAtMs = Date.now();
          trouble = '';
        } catch (error) {
          if (signal.aborted) break;
          if (!(error instanceof ConnectorError) || !PASSING.has(error.kind)) throw error;
          trouble = `${error.code} · `;
        }
      }
    } finally {
      block.stop();
    }
    stdout.write(`${seen.text}\n`);
    return seen.exitCode;
  };
  return { ...seen, text: '', serve };
}

/** The last cell of a line stays free, so that nothing wraps; the window may have been resized. */
function narrower(context: CliContext): CliContext {
  const { stdout } = context;
  return { ...context, stdout: { ...stdout, width: stdout.size().columns - 1 } };
}

/** As many lines as the screen has room for, and what stands below them. */
function screenOf(
  text: string,
  foot: string,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly Line[] {
  const lines = text.split('\n');
  const room = Math.max(1, rows - 3);
  const shown = lines.length > room ? [...lines.slice(0, room - 1), '  …'] : lines;
  const whole: readonly Line[] = [
    ...shown.map((line) => [{ text: line }]),
    [],
    [{ text: foot, colour: 'dim' }],
  ];
  return whole.map((line) => cutLine(line, columns - 1, '…'));
}

/** False: a signal came meanwhile. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/** What is said meanwhile stays off the screen; whatever ends the process gives the terminal back. */
function hold(block: Block, context: CliContext): void {
  const { session } = context;
  session.reporter?.close();
  session.reporter = {
    kind: 'live',
    emit: () => undefined,
    failed: (error) => {
      block.stop();
      context.stderr.write(`${paintError(errorLines(error), context.stderr.paint).join('\n')}\n`);
    },
    note: () => undefined,
    close: () => block.stop(),
  };
}
