import { classify } from '../classify/classify.ts';
import { parseReference, type SecretManagerReference } from '../config/reference.ts';
import type { Secret } from '../config/secret.ts';
import type { Emit } from '../events.ts';

/** A version that a secret got, by its full reference. */
interface StoredVersion {
  readonly reference: string;
  readonly version: string;
}

/** Puts a new value where a reference of Secret Manager leads to. */
export type StoreSecret = (reference: SecretManagerReference, secret: Secret) => Promise<StoredVersion>;

/** Deals with refresh tokens that Harvest replaces. */
export interface RotationKeeper {
  readonly onRotated: (token: Secret) => void;
  /** Resolves when every token so far is stored, or was given up. */
  readonly settled: () => Promise<void>;
}

/**
 * Tells of every replaced refresh token, and stores it first where its reference leads to Secret Manager, one after the
 * other. A token that could not be stored is told of too, and stops nothing: the run has it in memory.
 */
export function keepRotations(emit: Emit, store: StoreSecret): RotationKeeper {
  let work: Promise<void> = Promise.resolve();
  return {
    onRotated: (token) => {
      const reference = parseReference(token.origin);
      if (reference?.kind !== 'secret-manager') {
        emit({ event: 'login.rotated', origin: token.origin, stored: null, problem: null });
        return;
      }
      work = work.then(() => keep(token, reference, emit, store));
    },
    settled: () => work,
  };
}

async function keep(
  token: Secret,
  { project, name, version }: SecretManagerReference,
  emit: Emit,
  store: StoreSecret,
): Promise<void> {
  const { origin } = token;
  try {
    const stored = await store({ project, name, version }, token);
    const problem =
      version === 'latest' ? null : `${origin} is an older one: refer to #${stored.version} or #latest`;
    emit({ event: 'login.rotated', origin, stored: stored.reference, problem });
  } catch (cause) {
    const { message, hint } = classify(cause);
    emit({ event: 'login.rotated', origin, stored: null, problem: `${message}. ${hint}` });
  }
}
