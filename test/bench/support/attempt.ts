/** What breaks is a line that says why, beside the lines of what did not. */
import type { Line } from './result.ts';

const MOST_CHARACTERS = 120;

/** A process that has not ended well. The message is all that is known, `reason` what fits into a line. */
export class ProcessFailure extends Error {
  readonly reason: string;

  /** `code`: its exit code, or the signal that ended it. */
  constructor(command: string, code: number | string, stdout: string, stderr: string) {
    super(`${command} ended with ${code}:\n${stdout.slice(-2000)}\n${stderr}`);
    this.reason = reasonOfProcess(code, stdout, stderr);
  }
}

/** How a process ended, in a few words: a lack of heap, the code of its error, or the last line that it wrote. */
export function reasonOfProcess(code: number | string, stdout: string, stderr: string): string {
  if (stderr.includes('heap out of memory')) return 'ran out of heap';
  const known = /"code": ?"([A-Z_]+)"/.exec(stdout)?.[1];
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const told = known ?? last;
  return shorten(told === '' ? `ended with ${code}` : `ended with ${code}: ${told}`);
}

/** What an attempt gave, or why it gave nothing. */
export type Attempt<T> = { readonly value: T } | { readonly broken: string };

/** Does something that may fail; the whole error is said, not thrown. */
export async function attempt<T>(say: (text: string) => void, work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (error instanceof ProcessFailure) return { broken: error.reason };
    return { broken: shorten(error instanceof Error ? error.message : String(error)) };
  }
}

/** The lines that `work` finds, or one with `verdict` and the reason why there are none. */
export async function linesOr(
  what: string,
  verdict: 'missed' | 'skipped',
  say: (text: string) => void,
  work: () => Promise<readonly Line[]>,
): Promise<readonly Line[]> {
  const found = await attempt(say, work);
  return 'value' in found ? found.value : [{ what, figure: found.broken, goal: '', verdict }];
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= MOST_CHARACTERS ? line : `${line.slice(0, MOST_CHARACTERS - 1)}…`;
}
