/** What `init` has made in Secret Manager and nothing refers to: it is named, with what removes it. Pure. */
import { parseReference } from '../../config/reference.ts';
import { ConnectorError } from '../../errors.ts';
import type { SecretPlan } from './gather.ts';

/** A secret, or a version of one, that this command made. */
export interface Leftover {
  readonly what: SecretPlan['what'];
  /** `sm://project/name` */
  readonly reference: string;
  /** The version that was added; null: none that is known of. */
  readonly version: string | null;
  /** Whether the secret itself was made, not only a version. */
  readonly isNew: boolean;
}

/** A line for each: what it is, and the command that removes it. */
export function leftoverLines(made: readonly Leftover[]): readonly string[] {
  return made.map(({ what, reference, version, isNew }) => {
    const parsed = parseReference(reference);
    const { name, project } = parsed?.kind === 'secret-manager' ? parsed : { name: reference, project: null };
    const place = project === null ? '' : ` --project=${project}`;
    const remove = isNew
      ? `gcloud secrets delete ${name}${place}`
      : `gcloud secrets versions destroy ${version} --secret=${name}${place}`;
    const is =
      version === null ? `${reference} was made for the ${what}` : `the ${what} was stored in ${reference}`;
    return `${is}, and no configuration refers to it; to remove it: ${remove}`;
  });
}

/** The same failure, with what stays behind. */
export function withLeftovers(error: ConnectorError, made: readonly Leftover[]): ConnectorError {
  if (made.length === 0) return error;
  const lines = leftoverLines(made);
  const { code, message, hint, details, cause } = error;
  const left = made.map(({ reference, version }) => ({ reference, version }));
  return new ConnectorError(code, [message, ...lines].join('\n'), {
    hint,
    details: { ...details, left_in_secret_manager: left },
    cause,
  });
}
