import { CommanderError, type Command } from 'commander';
import { ConnectorError } from '../errors.ts';
import { buildProgram, type Invocation } from './program.ts';

/** What a command line asks for: a command, or a text that commander has already written. */
export type Parsed =
  | { readonly kind: 'command'; readonly invocation: Invocation }
  | { readonly kind: 'text'; readonly name: 'help' | 'version'; readonly text: string }
  | { readonly kind: 'nothing' };

/**
 * Reads a command line (without the program's name).
 * @throws ConnectorError USAGE_INVALID with a suggestion where one is near
 */
export function parseCommandLine(argv: readonly string[], version: string): Parsed {
  let chosen: Invocation | null = null;
  let text = '';
  const program = buildProgram(
    version,
    (invocation) => {
      chosen = invocation;
    },
    { out: (piece) => (text += piece), error: () => undefined },
  );
  const error = tryParse(program, argv);
  if (chosen !== null) return { kind: 'command', invocation: chosen };
  if (error?.code === 'commander.help' || error === null) return { kind: 'nothing' };
  if (error.code === 'commander.version') return { kind: 'text', name: 'version', text };
  if (error.code === 'commander.helpDisplayed') return { kind: 'text', name: 'help', text };
  throw usageError(error, commandIn(argv, program));
}

/** The help text of a command, or of the program; null where there is no such command. */
export function helpOf(name: string | null, version: string): string | null {
  let text = '';
  const program = buildProgram(version, () => undefined, {
    out: (piece) => (text += piece),
    error: () => undefined,
  });
  const command = name === null ? program : program.commands.find((candidate) => candidate.name() === name);
  if (command === undefined) return null;
  command.outputHelp();
  return text;
}

/** The names of all commands, in the order of the help. */
export function commandNames(version: string): readonly string[] {
  const silent = (): undefined => undefined;
  return buildProgram(version, silent, { out: silent, error: silent }).commands.map((command) =>
    command.name(),
  );
}

/** The first word that is a command's name: for documents about a line that could not be parsed. */
export function commandIn(argv: readonly string[], program: Command): string | null {
  const names = new Set(program.commands.map((command) => command.name()));
  return argv.find((word) => names.has(word)) ?? null;
}

/** The output format that a line asks for, even if the rest of it cannot be understood. */
export function outputIn(argv: readonly string[], env: NodeJS.ProcessEnv): 'text' | 'json' | 'jsonl' {
  const line = argv.join('\n');
  const flag = /(?:^|\n)(?:-o\n?|--output[=\n])(text|json|jsonl)(?=\n|$)/.exec(line)?.[1];
  const word = flag ?? env['HARVEST_BQ_OUTPUT'];
  return word === 'json' || word === 'jsonl' ? word : 'text';
}

function tryParse(program: Command, argv: readonly string[]): CommanderError | null {
  try {
    program.parse(argv, { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof CommanderError) return error;
    throw error;
  }
}

/** `error: unknown command 'snyc'\n(Did you mean sync?)` in our own form. */
function usageError(error: CommanderError, command: string | null): ConnectorError {
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const message = `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
  const help = `harvest-bq ${command === null ? '' : `${command} `}--help`;
  const hint =
    suggestion === undefined ? `Look at: ${help}` : `${suggestion.slice(1, -1)} All of them: ${help}`;
  return new ConnectorError('USAGE_INVALID', message.endsWith('.') ? message : `${message}.`, {
    hint,
    details: { reason: error.code, ...(command === null ? {} : { command }) },
    cause: error,
  });
}
