/** Commands that look at what is there, and their flags. */
import { dateFlag, durationFlag, integerFlag } from '../flags.ts';
import { STREAM_WORDS, type Define } from './define.ts';

/** Adds the commands of the group Look. */
export function addLookCommands(define: Define): void {
  define('Look', 'status [streams...]', 'is it fresh, what failed, since when')
    .option('--max-age <duration>', 'exit 8 if a stream is older than this, such as 26h', durationFlag)
    .option('--runs <n>', 'show the last n runs', integerFlag(1, 1000))
    .option('--failed', 'only what failed')
    .option('--watch', 'look again every few seconds until Ctrl-C')
    .addHelpText('after', STREAM_WORDS);
  define('Look', 'state <action...>', 'checkpoints by hand')
    .option('--cursor <time>', 'instant, such as 2026-11-20T06:00:00Z')
    .option('--file <path>', 'file to write or to read')
    .option('--history-before <day>', 'such as 2025-01-01', dateFlag)
    .addHelpText('after', STATE_WORDS);
  define('Look', 'report [run]', 'how a run went, and the last 30, as one file to mail')
    .option('--html <file>', 'write the report as an HTML file; - for stdout')
    .option('--open', 'show it in the browser')
    .addHelpText('after', REPORT_WORDS);
  define('Look', 'verify [streams...]', 'compare the tables with Harvest; exit 8 on a difference')
    .option('--full', 'read everything again and compare every cell')
    .option('--repair', 'read again what differs and store it as a run does')
    .option('--allow-deletes', 'accept implausibly many deletions, or a token that sees less')
    .addHelpText('after', STREAM_WORDS);
}

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

const REPORT_WORDS = `
Without a run it is about the newest one; status --runs 30 lists their ids. The
file needs no network and no script: outcome, rows, a timeline with waits, the
last 30 runs, freshness, new fields, rejects, deletions, and what to do next.`;
