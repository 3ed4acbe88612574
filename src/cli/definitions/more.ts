/** Commands beside the work itself, and their flags. */
import { Argument, Option } from 'commander';
import { SHELLS } from '../completion/shells.ts';
import { integerFlag, sizeFlag } from '../flags.ts';
import type { Define } from './define.ts';

/** Adds the commands of the group More. */
export function addMoreCommands(define: Define): void {
  define('More', 'sandbox', 'serve a simulated Harvest account on this machine')
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
  define('More', 'completion', 'a script that completes commands, flags and streams')
    .addArgument(new Argument('<shell>', 'for which shell').choices(SHELLS))
    .addHelpText('after', COMPLETION_WORDS);
  define('More', 'help [topic] [code]', 'help about a command or topic')
    .usage('[topic] [code]')
    .addHelpText('after', `\nTopics: errors [CODE], exit-codes, environment, config, or a command.`);
}

const COMPLETION_WORDS = `
The first lines of the script say how to use it. For bash, at once:
  eval "$(harvest-bq completion bash)"`;
