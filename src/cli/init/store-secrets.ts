/** Puts secrets into Secret Manager before the file refers to them. What is there already is not written over unasked. */
import { classify } from '../../classify/classify.ts';
import { parseReference, type SecretManagerReference } from '../../config/reference.ts';
import { ConnectorError } from '../../errors.ts';
import type { SecretManager } from '../../google/secret-manager.ts';
import type { Asker } from './asker.ts';
import type { SecretPlan } from './gather.ts';
import type { Leftover } from './leftovers.ts';

/** What became of a secret. */
export interface StoredSecret {
  readonly what: SecretPlan['what'];
  /** `sm://project/name` */
  readonly reference: string;
  readonly outcome: 'made' | 'new version' | 'kept';
  /** The version that counts now; null: not known. */
  readonly version: string | null;
}

/** How a secret that is there already is dealt with. */
export interface StoreOptions {
  readonly isForced: boolean;
  readonly ask: Asker | null;
  /** Gets everything that is made, as soon as it is: nothing of it is lost by a failure after it. */
  readonly made: Leftover[];
}

/** What was stored, up to the first secret that could not be. */
export interface Stored {
  readonly secrets: readonly StoredSecret[];
  /** Why the rest is not stored; null: all of it is. */
  readonly failure: ConnectorError | null;
}

/**
 * Makes each secret with its value. A token that is stored already stays; another one in its place needs a yes or
 * --force. A hash key that is there stays always, since another would change every hash. The failure is INIT_EXISTS,
 * SECRET_* or BIGQUERY_CREDENTIALS.
 * @throws ConnectorError RUN_INTERRUPTED
 */
export async function storeSecrets(
  plans: readonly SecretPlan[],
  manager: SecretManager,
  options: StoreOptions,
): Promise<Stored> {
  const secrets: StoredSecret[] = [];
  try {
    for (const plan of plans) secrets.push(await store(plan, manager, options));
  } catch (cause) {
    const failure = classify(cause);
    if (!/^(?:SECRET|BIGQUERY|INIT)_/.test(failure.code)) throw failure;
    return { secrets, failure };
  }
  return { secrets, failure: null };
}

async function store(plan: SecretPlan, manager: SecretManager, options: StoreOptions): Promise<StoredSecret> {
  const { what, reference, value } = plan;
  const parsed = parseReference(reference);
  if (parsed?.kind !== 'secret-manager')
    throw new ConnectorError('INTERNAL', 'a secret was planned without a place');
  const isMade = await manager.create(parsed);
  if (isMade) options.made.push({ what, reference, version: null, isNew: true });
  if (!isMade) {
    const present = await latest(parsed, manager);
    const isKept = present !== null && (what === 'hash key' || present.value === value.reveal());
    if (isKept) return { what, reference, outcome: 'kept', version: present.version };
    if (present !== null) await assertWanted(reference, options);
  }
  const { version } = await manager.add(parsed, value);
  if (isMade) options.made.pop();
  options.made.push({ what, reference, version, isNew: isMade });
  return { what, reference, outcome: isMade ? 'made' : 'new version', version };
}

/** The value that is there; null: none. */
async function latest(reference: SecretManagerReference, manager: SecretManager) {
  try {
    return await manager.fetch(reference);
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'SECRET_NOT_FOUND') return null;
    throw error;
  }
}

async function assertWanted(reference: string, { isForced, ask }: StoreOptions): Promise<void> {
  if (isForced) return;
  const question = `${reference} is there with another value. Add this token as a new version?`;
  if (ask !== null && (await ask.confirm(question))) return;
  throw new ConnectorError('INIT_EXISTS', `${reference} is there already, with another value.`, {
    hint: 'Name another with --secret, or add a version to this one with --force.',
  });
}
