/** Questions on a terminal, by @clack/prompts, which is loaded only here. */
import type { Readable, Writable } from 'node:stream';
import { interrupted, type Asker, type Choice, type TextQuestion } from './asker.ts';

/** Where questions are asked. stdout belongs to results, so the output is stderr. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
  readonly color: boolean;
}

/** Choices that are shown at a time. */
const ROWS = 12;

/** Opens the conversation with a headline. */
export async function openAsker(
  headline: string,
  { input, output, signal, color }: Terminal,
): Promise<Asker & { readonly close: (text: string) => void }> {
  // the prompts paint by node's own rules, which know the variable but not our flag
  if (!color) process.env['NO_COLOR'] = '1';
  const clack = await import('@clack/prompts');
  assumeSize(output);
  const common = { input, output, signal };
  const answered = <Value>(value: Value | symbol): Value => {
    if (!clack.isCancel(value)) return value as Value;
    signal.throwIfAborted();
    throw interrupted();
  };
  clack.intro(headline, { output });
  return {
    say: (text) => {
      clack.log.success(text, { output });
    },
    warn: (text) => {
      clack.log.warn(text, { output });
    },
    text: async (question) => answered<string>(await clack.text({ ...textOptions(question), ...common })),
    hidden: async ({ message, problem }) =>
      answered<string>(
        await clack.password({ message, validate: validator(problem), clearOnError: true, ...common }),
      ),
    choose: async <Value extends string>({ message, options, initial }: Choice<Value>) =>
      answered<string>(
        await clack.select<string>({
          message,
          options: options.map((option) => ({ ...option })),
          maxItems: ROWS,
          ...(initial === undefined ? {} : { initialValue: initial }),
          ...common,
        }),
      ) as Value,
    chooseMany: async ({ message, options, initial }) =>
      answered<string[]>(
        await clack.multiselect<string>({
          message,
          options: options.map((option) => ({ ...option })),
          initialValues: initial,
          maxItems: ROWS,
          required: true,
          ...common,
        }),
      ),
    confirm: async (message) => answered<boolean>(await clack.confirm({ message, ...common })),
    close: (text) => {
      clack.outro(text, { output });
    },
  };
}

/** A terminal that does not know its size says 0, and would get a letter a line. */
function assumeSize(output: Writable): void {
  if (!('columns' in output && 'rows' in output)) return;
  output.columns ||= 80;
  output.rows ||= 24;
}

function textOptions({ message, initial, placeholder, problem }: TextQuestion) {
  return {
    message,
    validate: validator(problem),
    ...(initial === undefined ? {} : { initialValue: initial }),
    ...(placeholder === undefined ? {} : { placeholder }),
  };
}

/** An empty line comes as undefined where nothing was typed. */
function validator(problem: TextQuestion['problem']): (value: string | undefined) => string | undefined {
  return (value) => problem((value ?? '').trim()) ?? undefined;
}
