/**
 * The questions of `init` in their order. Each is answered by its flag, else by the person, else by its default:
 *
 *     token → account → login → what it may see → warehouse → where the token lives → dates, streams, columns
 */
import { randomBytes } from 'node:crypto';
import { Secret } from '../../config/secret.ts';
import type { Account } from '../../harvest/account.ts';
import type { Answers, Given } from './answers.ts';
import type { Asker } from './asker.ts';
import { askConnector, askDestination } from './ask-destination.ts';
import { signIn, askVisibility } from './ask-harvest.ts';
import { askSecrets, HASH_KEY_REFERENCE } from './ask-secrets.ts';
import { askStartDate, askStreams } from './ask-streams.ts';
import { TOKEN_VARIABLE } from './given.ts';
import type { World } from './world.ts';

/** A secret that has to be made before the file is any good. */
export interface SecretPlan {
  readonly what: 'token' | 'hash key';
  /** `sm://project/name`, without a version. */
  readonly reference: string;
  readonly value: Secret;
}

/** Everything that is known when the questions are over. */
export interface Gathered {
  readonly answers: Answers;
  readonly account: Account;
  readonly secrets: readonly SecretPlan[];
  /** Whether the token was typed, so that no variable holds it yet. */
  readonly isTyped: boolean;
}

/** Bytes of a hash key, as many as SHA-256 gives. */
const KEY_BYTES = 32;

/**
 * Asks what is not given. Without an asker the defaults count; what has none must be given then.
 * @throws ConnectorError HARVEST_*, SECRET_*, USAGE_UNKNOWN_STREAM, RUN_INTERRUPTED
 */
export async function gather(given: Given, world: World, ask: Asker | null): Promise<Gathered> {
  const { token, written, accountId, account } = await signIn(given, world, ask);
  const visibility = await askVisibility(account, accountId, { given, world, ask });
  const connector = await askConnector(account, accountId, { given, world, ask });
  const destination = await askDestination(connector, { given, world, ask });
  const places = await askSecrets({ written, connector, destination }, { given, world, ask });
  const startDate = await askStartDate({ given, world, ask });
  const { include, exclude, columns } = await askStreams(account, { given, world, ask });
  const isHashed = [...columns.values()].some(({ hash }) => hash.length > 0);
  const secrets: SecretPlan[] = [];
  if (places.tokenSecret !== null)
    secrets.push({ what: 'token', reference: places.tokenSecret, value: token });
  if (isHashed && places.hashKeySecret !== null) {
    const value = new Secret(randomBytes(KEY_BYTES).toString('hex'), 'made by init');
    secrets.push({ what: 'hash key', reference: places.hashKeySecret, value });
  }
  const answers: Answers = {
    connector,
    accountId,
    token: places.token,
    visibility,
    destination,
    startDate,
    include,
    exclude,
    columns,
    hashKey: isHashed ? places.hashKey : null,
  };
  return { answers, account, secrets, isTyped: written === null };
}

/** The same answers with variables in place of the secrets that could not be made; `stored` have their place. */
export function withVariables(gathered: Gathered, stored: readonly Pick<SecretPlan, 'what'>[]): Gathered {
  const { answers, secrets } = gathered;
  const isLost = (wanted: SecretPlan['what']): boolean =>
    secrets.some(({ what }) => what === wanted) && stored.every(({ what }) => what !== wanted);
  const isKeyLost = isLost('hash key');
  const isTokenLost = isLost('token');
  return {
    ...gathered,
    answers: {
      ...answers,
      token: isTokenLost ? `\${${TOKEN_VARIABLE}}` : answers.token,
      hashKey: isKeyLost ? HASH_KEY_REFERENCE : answers.hashKey,
    },
    secrets: [],
    isTyped: gathered.isTyped || isTokenLost,
  };
}
