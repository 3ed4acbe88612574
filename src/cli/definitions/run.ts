/** Commands that read Harvest and write the warehouse, and their flags. */
import { Option, type Command } from 'commander';
import { dateFlag, durationFlag, integerFlag, listFlag, runIdFlag } from '../flags.ts';
import { STREAM_WORDS, type Define } from './define.ts';

/** Adds the commands of the group Run. */
export function addRunCommands(define: Define): void {
  selecting(define('Run', 'plan [streams...]', 'tell what sync would do; nothing is written'))
    .option('--sql', 'only the statements for tables and columns')
    .addHelpText('after', PLAN_WORDS + STREAM_WORDS);
  selecting(define('Run', 'sync [streams...]', 'bring the tables up to date'))
    .option('--dry-run', 'the same as plan')
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

/** The flags that decide what a sync reads, and what it may do. */
function selecting(command: Command): Command {
  return command
    .option('--exclude <streams>', 'streams to leave out; words as for streams, with commas', listFlag)
    .option('--full-refresh', 'read everything again, whatever the checkpoints say')
    .option('--allow-shrink', 'accept a full refresh that removes more than half of a table')
    .option('--allow-deletes', 'accept implausibly many deletions, or a token that sees less');
}

/** Slices of a backfill. */
const SLICES = ['day', 'week', 'month', 'year'];

const PLAN_WORDS = `
Asks Harvest for counts and changes, some thirty requests, and tells the
requests, rows, tables and columns that sync would then make. Takes no lock.
`;

const BACKFILL_WORDS = `
For lists with dates (time_entries, expenses, invoices, estimates) and reports.
Rows that differ are replaced, and rows that Harvest no longer has go. Asks
before it begins; --yes answers.`;
