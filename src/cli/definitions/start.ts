/** Commands to begin with, and their flags. */
import { Option } from 'commander';
import { integerFlag } from '../flags.ts';
import type { Define } from './define.ts';

/** Adds the commands of the group Start. */
export function addStartCommands(define: Define): void {
  define('Start', 'demo', 'see it all at work, with a simulated account and no set-up').addHelpText(
    'after',
    '\nWrites harvest_demo.duckdb into the working directory, over an earlier demo.',
  );
  define('Start', 'check', 'try the configuration, the references, the login and the warehouse').option(
    '--offline',
    'files only: no reference is followed and nobody is called',
  );
  define('Start', 'discover [stream]', 'the streams, or one stream with its columns')
    .option('--columns', 'every column, in tables that leave some out')
    .option('--diff', 'what Harvest sends that is not loaded, and what it no longer sends')
    .option('--preview', 'read one page from Harvest and show it as rows; needs no warehouse')
    .addOption(new Option('--limit <n>', 'rows of a preview').default(5).argParser(integerFlag(1, 2000)));
}
