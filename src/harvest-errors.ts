/** The part of the table of errors that is about reading from Harvest. */
import { spec, type ErrorSpec } from './error-kinds.ts';

export const HARVEST_ERRORS = {
  HARVEST_UNAUTHORIZED: spec(
    'auth',
    'Harvest refused the token.',
    'It was revoked, expired, mistyped, or its owner left the account.',
    'Create one at https://id.getharvest.com/developers and put it where the configuration refers to.',
  ),
  HARVEST_ACCOUNT_UNKNOWN: spec(
    'auth',
    'Harvest does not know this account for this token.',
    'The account id is wrong, or the token belongs to another account.',
    'Compare harvest.account_id with the ids shown at https://id.getharvest.com/developers',
  ),
  HARVEST_FORBIDDEN: spec(
    'auth',
    "Harvest does not let this token's owner read this.",
    'Their role or its permissions do not cover it.',
    'Use a token of an administrator, leave the stream out, or accept partial visibility: harvest.visibility: partial',
  ),
  HARVEST_PARTIAL_VISIBILITY: spec(
    'auth',
    'The token is not an administrator’s, so Harvest would send fewer rows without saying so.',
    'The owner of the token is a manager or a member.',
    'Use a token of an administrator, or accept what it may see: harvest.visibility: partial',
  ),
  VISIBILITY_REDUCED: spec(
    'auth',
    'The token sees less of the account than it did in the run before.',
    'The role or the grants of its owner were changed in Harvest.',
    'Give the role back; if that is how it is to be, run once with --allow-deletes: records that are stored stay, reports and budgets show what may be seen.',
  ),
  HARVEST_THROTTLED: spec(
    'transient',
    'Harvest kept answering that there are too many requests.',
    'Other integrations of the account use up its limit.',
    'Run again later, or lower harvest.limits.',
  ),
  HARVEST_UNAVAILABLE: spec(
    'transient',
    'Harvest could not be reached or kept failing.',
    'An outage at Harvest, or the network between.',
    'Nothing is lost: run again later; the checkpoint did not move.',
  ),
  HARVEST_BAD_RESPONSE: spec(
    'transient',
    'Harvest sent something that is not the JSON that was asked for.',
    'A proxy or an error page in between, or an answer that was cut.',
    'Run again later; if it stays, look at what stands between this machine and Harvest.',
  ),
  HARVEST_NOT_FOUND: spec(
    'data',
    'Harvest answered 404 where there should be a list.',
    'The endpoint is not there for this account, or harvest.base_url is wrong.',
    'Check harvest.base_url; leave the stream out if the account does not have it.',
  ),
  HARVEST_REFUSED: spec(
    'data',
    'Harvest could not process the request.',
    'A parameter that this account or endpoint does not take.',
    'Read the reason it gave; report it with that reason if it looks like a defect.',
  ),
  PAGES_LOOP: spec(
    'data',
    'Harvest’s page links lead in a circle or to another host.',
    'A fault at Harvest, or something in between rewrites its answers.',
    'Run again; if it stays, look at what stands between this machine and Harvest.',
  ),
  PAGES_UNSETTLED: spec(
    'transient',
    'A list kept moving while it was read.',
    'Records were added, deleted or moved faster than the pages could be read.',
    'Run again in a quieter moment; the rows read so far are stored, the checkpoint did not move.',
  ),
} as const satisfies Record<string, ErrorSpec>;
