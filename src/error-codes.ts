/**
 * The table of everything that can go wrong. One code, one cause, one next step; the exit code follows from
 * the kind. `docs/errors.md` and `help errors` are made from it.
 */
import { spec, type ErrorSpec } from './error-kinds.ts';
import { HARVEST_ERRORS } from './harvest-errors.ts';
import { WAREHOUSE_ERRORS } from './warehouse-errors.ts';

export const ERROR_TABLE = {
  USAGE_INVALID: spec(
    'usage',
    'The command line cannot be understood.',
    'An unknown command or flag, a missing argument or a value of the wrong form.',
    'Look at: harvest-bq --help',
  ),
  USAGE_UNKNOWN_STREAM: spec(
    'usage',
    'A stream was named that does not exist, or a pattern matches none.',
    'A typing error, or a stream that the configuration leaves out.',
    'List the streams with: harvest-bq discover',
  ),
  USAGE_NODE_TOO_OLD: spec(
    'usage',
    'This Node.js is older than 24.',
    'The package was installed under an older Node.js.',
    'Install Node.js 24 or newer.',
  ),
  USAGE_PORT_IN_USE: spec(
    'usage',
    'The port is taken by another program.',
    'Another sandbox or server listens on it.',
    'Choose another with --port, or leave it out for a free one.',
  ),
  USAGE_CONFIRMATION: spec(
    'usage',
    'Something has to be confirmed, and there is nobody to ask.',
    'The program runs without a terminal, or with --no-input.',
    'Read what it would do, then run it again with --yes.',
  ),
  USAGE_ANSWER_MISSING: spec(
    'usage',
    'Answers are missing, and there is nobody to ask.',
    'The program runs without a terminal, or with --no-input.',
    'Give the flags that are named (init takes account and token from the environment with --from-env), or run it in a terminal.',
  ),
  INIT_EXISTS: spec(
    'usage',
    'What init would write is there already.',
    'It was run before, or the file or secret belongs to another connector.',
    'Name another place, or write over it with --force.',
  ),
  INIT_UNWRITABLE: spec(
    'usage',
    'The configuration cannot be written.',
    'The folder is read-only or full, or something else stands in its place.',
    'Name another place with -c <path>.',
  ),
  USAGE_RANGE: spec(
    'usage',
    'The range of dates cannot be read again.',
    'It is upside down, of the wrong form, or begins before start_date, whose earlier rows are not stored.',
    'Give the first and the last day: --from 2026-01-01 --to 2026-03-31',
  ),
  STREAM_NOT_LOADED: spec(
    'usage',
    'The stream has not been loaded completely yet.',
    'Its first sync has not run, or is still under way.',
    'Run first: harvest-bq sync',
  ),
  STATE_FILE_INVALID: spec(
    'usage',
    'The file does not hold checkpoints that can be taken.',
    'It was changed by hand, cut, or is another file.',
    'Choose a file that was written by: harvest-bq state export --file state.json',
  ),
  STATE_FILE_FOREIGN: spec(
    'usage',
    'The checkpoints are those of another connector or Harvest account.',
    'The wrong file, or the wrong configuration.',
    'Compare connector and harvest.account_id with what stands in the file.',
  ),
  STATE_FILE_NEWER: spec(
    'usage',
    'The checkpoints were written by a newer version.',
    'The form of the file has changed since this version.',
    'Use the version of harvest-bq that wrote the file, or a newer one.',
  ),
  CONFIG_NOT_FOUND: spec(
    'config',
    'There is no configuration.',
    'No file was found and HARVEST_ACCOUNT_ID and HARVEST_ACCESS_TOKEN are not both set.',
    'Write one with: harvest-bq init; or name a file with -c, or set the two variables.',
  ),
  CONFIG_FILE_MISSING: spec(
    'config',
    'The configuration file that was named does not exist.',
    'It was named with -c or HARVEST_BQ_CONFIG; no other file is taken in its place.',
    'Name a file that exists, or leave -c and HARVEST_BQ_CONFIG out to use config/harvest-bq.yaml.',
  ),
  CONFIG_INVALID: spec(
    'config',
    'The configuration has mistakes.',
    'Wrong YAML, unknown keys or values of the wrong form.',
    'Correct them and run: harvest-bq check --offline',
  ),
  CONFIG_ENV_MISSING: spec(
    'config',
    'The configuration uses an environment variable that is not set.',
    'The variable was not exported to this process.',
    'Set it; what is no secret may have a default in the file: ${NAME:-default}',
  ),
  CONFIG_PLAIN_SECRET: spec(
    'config',
    'A secret stands in clear text in the configuration.',
    'A token was pasted into the file.',
    'Put it into an environment variable or a file and refer to it: ${NAME}, env://NAME, file:///path or sm://project/name',
  ),
  SECRET_NOT_FOUND: spec(
    'config',
    'A secret reference leads nowhere.',
    'The variable, file or secret it names does not exist or is empty.',
    'Check the reference and the rights to read it.',
  ),
  ERASURE_KEY: spec(
    'config',
    'Erased persons cannot be recognised.',
    'sync.hash_key was taken out or changed since the erasure; their names are remembered by hashes with that key.',
    'Give the key back, or set another and erase each of them once more: harvest-bq erase --user <id>',
  ),
  CATALOG_INVALID: spec(
    'config',
    'A stream or schema file breaks its contract.',
    'A file in streams/ or schemas/ was changed by hand.',
    'Correct the file that is named; streams/stream.schema.json describes every key.',
  ),
  ...HARVEST_ERRORS,
  RECORD_INVALID: spec(
    'data',
    'A record breaks its schema, and sync.on_invalid is fail.',
    'Harvest sent a value of another type than documented.',
    'Look at the reason, or set sync.on_invalid: reject to park such records in _rejects.',
  ),
  DELETES_IMPLAUSIBLE: spec(
    'data',
    'A table would lose more of its rows than is plausible.',
    'Many records were deleted in Harvest, or the token does not see them any more.',
    'Look in Harvest whether they are gone; if they are, run once with --allow-deletes, or raise sync.max_delete_share.',
  ),
  START_DATE_LATER: spec(
    'data',
    'start_date was moved to a later day, so that rows would go.',
    'Rows before start_date are not stored; the tables hold some that were loaded under the earlier one.',
    'Move start_date back; if the rows are to go, run once with --allow-deletes.',
  ),
  DESTROY_FOREIGN: spec(
    'data',
    'What the connector made stands among tables that are not its own.',
    'Somebody has put tables or views into the dataset or file, or it is not the connector’s.',
    'Move them elsewhere, or drop what is the connector’s by hand; nothing was touched.',
  ),
  VERIFY_DIFFERS: spec(
    'data',
    'The warehouse differs from Harvest.',
    'Rows were changed by hand, or Harvest changed something without telling.',
    'Look at the differences; put them right with: harvest-bq verify --repair',
  ),
  STATUS_STALE: spec(
    'data',
    'A stream is older than --max-age allows.',
    'The scheduled run did not come, failed, or left that stream out.',
    'Look at the last runs with: harvest-bq status --runs 10',
  ),
  RUN_LOCKED: spec(
    'conflict',
    'Another run holds the lock.',
    'A scheduled run and one by hand overlap.',
    'Wait for it to end; a lock whose owner is gone is taken over by itself.',
  ),
  STATE_CONFLICT: spec(
    'conflict',
    'Another run has committed in between, so this one stepped back.',
    'Two runs got past the lock.',
    'Nothing is lost: let one of them finish, then run again.',
  ),
  SECRET_FORBIDDEN: spec(
    'auth',
    'The Google account may not read a secret.',
    'The role Secret Manager Secret Accessor is missing on it.',
    'Grant roles/secretmanager.secretAccessor on the secret to the account that runs this.',
  ),
  SECRET_UNAVAILABLE: spec(
    'transient',
    'Secret Manager could not be reached or kept failing.',
    'An outage at Google, or the network between.',
    'Nothing was changed: run again later; HARVEST_BQ_SECRET_MANAGER_ENDPOINT names a private endpoint.',
  ),
  ...WAREHOUSE_ERRORS,
  RUN_TIMEOUT: spec(
    'interrupted',
    'The time limit of the run was reached.',
    'The work takes longer than --timeout allows.',
    'Run again: it goes on from its checkpoint.',
  ),
  RUN_INTERRUPTED: spec(
    'interrupted',
    'The run was stopped by a signal.',
    'Ctrl-C, or the scheduler ended the task.',
    'Run again: it goes on from its checkpoint.',
  ),
  INTERNAL: spec(
    'internal',
    'This is a defect in harvest-bq, not in your set-up.',
    'Something happened that its authors did not foresee.',
    'Run again with --log-level debug, and report what it prints and the crash file in .harvest-bq (no tokens, no values).',
  ),
} as const satisfies Record<string, ErrorSpec>;

/** A code of the table. */
export type ErrorCode = keyof typeof ERROR_TABLE;
