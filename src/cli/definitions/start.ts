/** Commands to begin with, and their flags. */
import { Option } from 'commander';
import { dateFlag, integerFlag, listFlag } from '../flags.ts';
import { COMMERCIAL, DESTINATIONS, PERSONAL, TOKEN_STORES, VISIBILITIES } from '../init/answers.ts';
import type { Define } from './define.ts';

/** Adds the commands of the group Start. */
export function addStartCommands(define: Define): void {
  addInit(define);
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

/** Every question of the wizard is a flag here. */
function addInit(define: Define): void {
  const chosen = (flag: string, description: string, words: readonly string[]): Option =>
    new Option(flag, description).choices(words);
  define('Start', 'init', 'set up: a few questions, and a configuration is written')
    .option('--account-id <id>', 'number of the Harvest account')
    .option('--token-reference <reference>', 'where the Harvest token is: env://, file:///, sm://')
    .option('--from-env', 'take both from HARVEST_ACCOUNT_ID and HARVEST_ACCESS_TOKEN')
    .addOption(chosen('--store-token <place>', 'where the token is to live', TOKEN_STORES))
    .option('--secret <reference>', 'secret to make for it, such as sm://acme-data/harvest-token')
    .addOption(chosen('--visibility <visibility>', 'partial: take what the token may see', VISIBILITIES))
    .addOption(chosen('--destination <type>', 'kind of warehouse', DESTINATIONS))
    .option('--path <file>', 'file of a DuckDB warehouse')
    .option('--project <id>', 'Google Cloud project of a BigQuery warehouse')
    .option('--dataset <name>', 'its dataset (default: harvest_<connector>)')
    .option('--location <location>', 'its location, such as EU')
    .option('--connector <name>', 'name of the connector (default: that of the company)')
    .option('--start-date <date>', 'first day of dated facts (default: everything)', dateFlag)
    .option('--streams <streams>', 'streams to take, with commas (default: all)', listFlag)
    .option('--exclude <streams>', 'streams to leave out, with commas', listFlag)
    .addOption(chosen('--personal <choice>', 'columns about persons (default: keep)', PERSONAL))
    .addOption(chosen('--commercial <choice>', 'columns that are money (default: keep)', COMMERCIAL))
    .option('--hash-key-reference <reference>', 'where the key of hashed columns is')
    .option('--force', 'write over a configuration that is there')
    .addHelpText('after', INIT_WORDS);
}

const INIT_WORDS = `
Writes config/harvest-bq.yaml, or the file that -c names, and its schema for
editors beside it. The token is never written into it. What no flag answers is
asked; without a terminal, what has no default must be given.`;
