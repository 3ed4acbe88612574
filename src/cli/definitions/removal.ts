/** Commands that take something out, and their flags. */
import { idFlag } from '../flags.ts';
import type { Define } from './define.ts';

/** Adds the commands of the group Take out. */
export function addRemovalCommands(define: Define): void {
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
