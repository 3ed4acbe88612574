/** Where the token lives: as it is referred to, in an environment variable, or in Google Secret Manager. */
import { ConnectorError } from '../../errors.ts';
import type { DestinationAnswer, TokenStore } from './answers.ts';
import type { Asking } from './asker.ts';
import { secretProblem, TOKEN_VARIABLE } from './given.ts';
import { hashKeySecret, tokenSecret } from './names.ts';

/** Where the key of hashed columns is, unless something else is said. */
export const HASH_KEY_REFERENCE = '${HARVEST_HASH_KEY}';

/** Where secrets are, as the file names them, and which have to be made. */
export interface SecretPlaces {
  readonly token: string;
  /** Secret to make for the token, `sm://project/name`; null: it has its place. */
  readonly tokenSecret: string | null;
  /** Used only where a column is hashed. */
  readonly hashKey: string;
  /** Secret to make for the hash key; null: somebody else sees to it. */
  readonly hashKeySecret: string | null;
}

/** What is known so far. */
export interface SecretFacts {
  /** How the token was referred to; null: it was typed. */
  readonly written: string | null;
  readonly connector: string;
  readonly destination: DestinationAnswer;
}

/** @throws ConnectorError USAGE_INVALID where a token of Secret Manager is to be put into it */
export async function askSecrets(facts: SecretFacts, asking: Asking): Promise<SecretPlaces> {
  const { given } = asking;
  const { written } = facts;
  const store = given.storeToken ?? (written === null ? await askStore(facts, asking) : null);
  const hashKey = given.hashKeyReference;
  if (store !== 'secret-manager') {
    const isVariable = written !== null && /^(?:env:\/\/|\$\{)/.test(written);
    const token = written !== null && (store === null || isVariable) ? written : `\${${TOKEN_VARIABLE}}`;
    const own = hashKey ?? HASH_KEY_REFERENCE;
    return { token, tokenSecret: null, hashKey: own, hashKeySecret: null };
  }
  if (written?.startsWith('sm://') === true) {
    throw new ConnectorError('USAGE_INVALID', `${written} is in Secret Manager already.`, {
      hint: 'Leave out --store-token.',
      details: { command: 'init' },
    });
  }
  const secret = given.secret ?? (await askSecret(facts, asking));
  const key = hashKeySecret(secret);
  return {
    token: `${secret}#latest`,
    tokenSecret: secret,
    hashKey: hashKey ?? `${key}#latest`,
    hashKeySecret: hashKey === null ? key : null,
  };
}

/** What is likely to work comes first: Secret Manager for who is at Google already. */
async function askStore({ destination }: SecretFacts, { world, ask }: Asking): Promise<TokenStore> {
  const env = {
    value: 'env' as const,
    label: `the environment variable ${TOKEN_VARIABLE}`,
    hint: 'you set it wherever it runs',
  };
  const manager = {
    value: 'secret-manager' as const,
    label: 'Google Secret Manager',
    hint: 'a secret is made in your project',
  };
  const isAtGoogle = destination.type === 'bigquery' && (await world.google()).login !== null;
  const options = isAtGoogle ? [manager, env] : [env, manager];
  return (
    (await ask?.choose({ message: 'Where should the token live? (never in the file)', options })) ?? 'env'
  );
}

async function askSecret(
  { connector, destination }: SecretFacts,
  { given, world, ask }: Asking,
): Promise<string> {
  const own = destination.type === 'bigquery' ? destination.project : given.project;
  const project = own ?? (await world.google()).project;
  const proposed = project === null ? '' : tokenSecret(project, connector);
  if (ask === null) return proposed;
  const secret = await ask.text({
    message: 'Secret to make for the token',
    ...(proposed === '' ? { placeholder: 'sm://project/name' } : { initial: proposed }),
    problem: (text) => {
      const found = secretProblem(text);
      return found === null ? null : `This ${found}.`;
    },
  });
  return secret.trim();
}
