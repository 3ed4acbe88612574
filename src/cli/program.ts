/** The commands and flags, and nothing else: what they do is loaded when one of them is chosen. */
import { Command, Option } from 'commander';
import {
  dateFlag,
  durationFlag,
  idFlag,
  integerFlag,
  listFlag,
  runIdFlag,
  sizeFlag,
  type FlagValues,
} from './flags.ts';

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

  addRunCommands(define);
  addLookCommands(define);
  addRemovalCommands(define);
  define('More', 'help [topic] [code]', 'help about a command or topic')
    .usage('[topic] [code]')
    .addHelpText('after', `\nTopics: errors [CODE], exit-codes, environment, config, or a command.`);

  for (const command of program.commands) {
    command.action(() => {
      onCommand({ command: command.name(), args: command.args, flags: command.optsWithGlobals() });
    });
  }
  return program;
}

type Define = (group: string, usage: string, description: string) => Command;

function addRunCommands(define: Define): void {
  define('Start', 'demo', 'see it all at work, with a simulated account and no set-up').addHelpText(
    'after',
    '\nWrites harvest_demo.duckdb into the working directory, over an earlier demo.',
  );
  define('Start', 'check', 'try the configuration, the references, the login and the warehouse').option(
    '--offline',
    'files only: no reference is followed and nobody is called',
  );
  define('Run', 'sync [streams...]', 'bring the tables up to date')
    .option('--exclude <streams>', 'streams to leave out; words as for streams, with commas', listFlag)
    .option('--full-refresh', 'read everything again, whatever the checkpoints say')
    .option('--allow-shrink', 'accept a full refresh that removes more than half of a table')
    .option('--allow-deletes', 'accept implausibly many deletions, or a token that sees less')
    .option('--verify', 'compare with Harvest afterwards; exit 8 on a difference')
    .option('--fail-fast', 'stop at the first stream that fails')
    .addOption(
      new Option('--concurrency <n>', 'streams read side by side')
        .env('HARVEST_BQ_CONCURRENCY')
        .argParser(integerFlag(1, 64)),
    )
    .addOption(
      new Option('--timeout <duration>', 'stop cleanly after this time, such as 25m')
        .env('HARVEST_BQ_TIMEOUT')
        .argParser(durationFlag),
    )
    .addOption(new Option('--run-id <id>', 'name of this run').env('HARVEST_BQ_RUN_ID').argParser(runIdFlag))
    .addHelpText('after', STREAM_WORDS);
  define('Run', 'backfill [streams...]', 'read a range of dates again; checkpoints stay')
    .option('--from <date>', 'first day, such as 2026-01-01', dateFlag)
    .option('--to <date>', 'last day', dateFlag)
    .addOption(new Option('--slice <slice>', 'stored slice by slice (default: month)').choices(SLICES))
    .option('--resume <run>', 'go on with a backfill that was stopped, by its run', runIdFlag)
    .option('--allow-deletes', 'accept implausibly many deletions, or a token that sees less')
    .addHelpText('after', BACKFILL_WORDS);
}

/** Slices of a backfill. */
const SLICES = ['day', 'week', 'month', 'year'];

const BACKFILL_WORDS = `
For lists with dates (time_entries, expenses, invoices, estimates) and reports.
Rows that differ are replaced, and rows that Harvest no longer has go. Asks
before it begins; --yes answers.`;

const STATE_WORDS = `
Actions:
  show [streams...]             checkpoints as they stand; whole with -o json
  set <stream> --cursor <time>  ask for what changed since then
  reset <streams...>            load them anew with the next sync
  export [--file <path>]        all of them as a file, or on stdout
  import --file <path>          go back to a file
  unlock                        give back a lock whose owner is gone
  prune --history-before <day>  forget versions and restatements of that time

What writes asks for the name of the warehouse (--yes answers), and leaves a
file in .harvest-bq to go back with.`;

function addLookCommands(define: Define): void {
  define('Look', 'discover [stream]', 'the streams, or one stream with its columns')
    .option('--columns', 'every column, in tables that leave some out')
    .option('--diff', 'what Harvest sends that is not loaded, and what it no longer sends')
    .option('--preview', 'read one page from Harvest and show it as rows; needs no warehouse')
    .addOption(new Option('--limit <n>', 'rows of a preview').default(5).argParser(integerFlag(1, 2000)));
  define('Look', 'status [streams...]', 'is it fresh, what failed, since when')
    .option('--max-age <duration>', 'exit 8 if a stream is older than this, such as 26h', durationFlag)
    .option('--runs <n>', 'show the last n runs', integerFlag(1, 1000))
    .option('--failed', 'only what failed')
    .addHelpText('after', STREAM_WORDS);
  define('Look', 'state <action...>', 'checkpoints by hand')
    .option('--cursor <time>', 'instant, such as 2026-11-20T06:00:00Z')
    .option('--file <path>', 'file to write or to read')
    .option('--history-before <day>', 'such as 2025-01-01', dateFlag)
    .addHelpText('after', STATE_WORDS);
  define('Look', 'verify [streams...]', 'compare the tables with Harvest; exit 8 on a difference')
    .option('--full', 'read everything again and compare every cell')
    .option('--repair', 'read again what differs and store it as a run does')
    .option('--allow-deletes', 'accept implausibly many deletions, or a token that sees less')
    .addHelpText('after', STREAM_WORDS);
  define('Look', 'sandbox', 'serve a simulated Harvest account on this machine')
    .option('--port <n>', 'port to listen on (default: a free one)', integerFlag(0, 65_535))
    .addOption(
      new Option('--seed <n>', 'another number, another account')
        .default(1)
        .argParser(integerFlag(0, 2 ** 31 - 1)),
    )
    .addOption(
      new Option('--size <size>', 'tiny, studio, agency, or a number of time entries')
        .default('studio')
        .argParser(sizeFlag),
    )
    .addOption(
      new Option('--limits <limits>', "whether Harvest's rate limits apply")
        .choices(['real', 'off'])
        .default('off'),
    )
    .addOption(
      new Option('--latency <ms>', 'milliseconds that every answer takes')
        .default(0)
        .argParser(integerFlag(0, 60_000)),
    );
}

function addRemovalCommands(define: Define): void {
  define('Take out', 'erase', 'take a person out for good; facts stay')
    .option('--user <id>', 'someone who works in the account', idFlag)
    .option('--contact <id>', 'a contact of a client', idFlag)
    .option('--client <id>', 'a client, with its contacts and texts', idFlag)
    .option('--dry-run', 'show how many rows it is about, and write nothing')
    .addHelpText('after', ERASE_WORDS);
  define('Take out', 'destroy', 'delete all that the connector made, and nothing else')
    .option('--dry-run', 'show what would be deleted, and delete nothing')
    .addHelpText('after', '\nRefused if anything else stands in the dataset or file. Asks for its name.');
}

const ERASE_WORDS = `
Names, addresses, pictures and the notes and texts of their records go from all
tables, histories and rejects, and no later run brings them back. Ids, dates,
hours and money stay. Needs sync.hash_key. Asks for the name of the warehouse.`;

const STREAM_WORDS = `
Streams are named (clients), matched ('invoice*') or tagged (tag:billing); none
stands for all that the configuration includes. List them: harvest-bq discover`;

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
    new Option('--log-format <format>', 'auto: JSON lines where sync has no terminal')
      .choices(['auto', 'pretty', 'json'])
      .default('auto')
      .env('HARVEST_BQ_LOG_FORMAT'),
    new Option('--progress <kind>', 'whether to tell how a run goes')
      .choices(['auto', 'plain', 'none'])
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
