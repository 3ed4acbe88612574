/** The commands and flags, and nothing else: what they do is loaded when one of them is chosen. */
import { Command, Option } from 'commander';
import { addLookCommands } from './definitions/look.ts';
import { addMoreCommands } from './definitions/more.ts';
import { addRemovalCommands } from './definitions/removal.ts';
import { addRunCommands } from './definitions/run.ts';
import { addStartCommands } from './definitions/start.ts';
import type { FlagValues } from './flags.ts';

/** Topics of `harvest-bq help <topic>`, beside the names of commands. */
export const HELP_TOPICS = ['errors', 'exit-codes', 'environment', 'config'] as const;

/** What was asked for. */
export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
  readonly flags: FlagValues;
}

/** Characters per line of help, on whatever screen. */
const HELP_WIDTH = 80;

/**
 * Builds the tree. Chosen commands go to `onCommand`; help texts and complaints go to the two writers, after
 * which commander throws.
 */
export function buildProgram(
  version: string,
  onCommand: (invocation: Invocation) => void,
  write: { readonly out: (text: string) => void; readonly error: (text: string) => void },
): Command {
  const program = new Command('harvest-bq')
    .description('Copies a Harvest account into a warehouse of your own and keeps it current.')
    .usage('<command> [flags]')
    .exitOverride()
    .configureOutput({
      writeOut: write.out,
      writeErr: write.error,
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .helpOption('-h, --help', 'show help')
    .version(version, '-V, --version', 'show the version');
  for (const option of globalOptions()) program.addOption(option);
  const define = (group: string, usage: string, description: string): Command =>
    program.command(usage).helpGroup(`${group}:`).description(description);

  addStartCommands(define);
  addRunCommands(define);
  addLookCommands(define);
  addRemovalCommands(define);
  addMoreCommands(define);

  for (const command of program.commands) {
    command.action(() => {
      onCommand({ command: command.name(), args: command.args, flags: command.optsWithGlobals() });
    });
  }
  return program;
}

function globalOptions(): readonly Option[] {
  return [
    new Option('-c, --config <path>', 'configuration file').env('HARVEST_BQ_CONFIG'),
    new Option('-o, --output <format>', 'form of the result on stdout')
      .choices(['text', 'json', 'jsonl'])
      .default('text')
      .env('HARVEST_BQ_OUTPUT'),
    new Option('--log-level <level>', 'least level to tell on stderr')
      .choices(['debug', 'info', 'warning', 'error'])
      .default('info')
      .env('HARVEST_BQ_LOG_LEVEL'),
    new Option('--log-format <format>', 'auto: JSON lines on Cloud Run, lines of text elsewhere')
      .choices(['auto', 'pretty', 'json'])
      .default('auto')
      .env('HARVEST_BQ_LOG_FORMAT'),
    new Option('--progress <kind>', 'how to tell how a run goes; auto: live on a terminal')
      .choices(['auto', 'live', 'plain', 'none'])
      .default('auto')
      .env('HARVEST_BQ_PROGRESS'),
    new Option('-q, --quiet', 'only results and errors'),
    new Option('-v, --verbose', 'leave nothing out of a screen'),
    new Option('--no-color', 'no colours (env: NO_COLOR)'),
    new Option('--no-input', 'never ask'),
    new Option('-y, --yes', 'answer every question with yes'),
    new Option('--allow-plain-secrets', 'accept a token in clear text in the file'),
  ];
}
