/** What a failure of Google's login or of Secret Manager means; BigQuery's own are in bigquery.ts. */
import type { ErrorCode } from '../error-codes.ts';
import { ConnectorError } from '../errors.ts';
import { codeOf, isErrorLike, type ErrorLike } from './error-like.ts';
import { NETWORK_CODE } from './network-code.ts';

/** What is known of a login that failed. */
export interface LoginContext {
  /** The service account that was to be acted as; null: none. */
  readonly impersonate: string | null;
  /** What an outage is called: whoever needed the login could not be reached. */
  readonly unavailable: 'BIGQUERY_UNAVAILABLE' | 'SECRET_UNAVAILABLE';
}

/** What was asked of Secret Manager. */
export interface SecretContext {
  readonly doing: 'read' | 'add' | 'create';
  /** As the configuration names it: `sm://acme/harvest-token#3`. */
  readonly shown: string;
  readonly project: string;
  readonly name: string;
}

/** Longest piece of Google's words in a message. */
const LONGEST_REASON = 300;

const LOG_IN =
  'Log in with: gcloud auth application-default login. On Cloud Run, give the job a service account.';
const LOG_IN_AGAIN =
  "Log in again with: gcloud auth application-default login. For a service account's key, make a new one and check the clock of this machine.";
const ORGANISATION =
  'Log in again with: gcloud auth application-default login. For runs without a person, use a service account, whose login does not end.';

/**
 * A login that did not come about, as an error with the step that mends it. Google's words are repeated, except where
 * they quote a credentials file.
 * @see Google Cloud, "How Application Default Credentials works" and "Use service account impersonation" (checked 2026-11-20)
 */
export function classifyGoogleLogin(error: unknown, context: LoginContext): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (!isErrorLike(error)) return refused('Google did not log in', LOG_IN);
  const { status, oauth, said } = answerIn(error);
  if (oauth !== null) return refusedGrant(oauth);
  const isOutage = status !== null && (status >= 500 || status === 429);
  if (said !== null && context.impersonate !== null && !isOutage) {
    return refusedImpersonation(context.impersonate, status, said);
  }
  const network = networkCode(error);
  if (network === null && !isOutage) return withoutLogin(error, status);
  const message = `No answer from Google to the login (${network ?? `status ${status}`})`;
  return new ConnectorError(context.unavailable, message, {
    details: { network_code: network, status },
    hint: 'Check the network (HTTPS_PROXY is obeyed), then run again; nothing was changed.',
  });
}

function withoutLogin({ name, message }: ErrorLike, status: number | null): ConnectorError {
  if (/default credentials/i.test(message))
    return refused('There is no Google login on this machine', LOG_IN);
  if (/could not refresh access token/i.test(message)) {
    const said = `The metadata server of this machine gave no token (status ${status ?? 'unknown'})`;
    return refused(said, 'Give this machine or job a service account, then run again.');
  }
  // what a parser or a cipher says can quote the file, and so a key
  const isOfFile = name === 'SyntaxError' || /DECODER|asn1|PEM|private key/i.test(message);
  const reason = isOfFile ? 'the credentials cannot be read' : wordsOf(message);
  return refused(`Google did not log in: ${reason}`, LOG_IN_AGAIN);
}

const REFUSALS = {
  read: 'cannot be read',
  add: 'did not take a new version',
  create: 'cannot be made',
} as const;

/** gRPC's numbers, as Google's client gives them, and what each means here. */
const MEANINGS: Readonly<Record<number, ErrorCode>> = {
  3: 'SECRET_NOT_FOUND',
  5: 'SECRET_NOT_FOUND',
  7: 'SECRET_FORBIDDEN',
  9: 'SECRET_NOT_FOUND',
  16: 'BIGQUERY_CREDENTIALS',
};

/**
 * A refusal of Secret Manager, or no answer. The cause is left out: it carries the request with its headers, and so a
 * token or the secret.
 * @see Secret Manager REST API, projects.secrets.versions.access and projects.secrets.addVersion; google.rpc.Code (checked 2026-11-20)
 */
export function classifySecretManager(error: unknown, context: SecretContext): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const facts = isErrorLike(error) ? (error as ErrorLike & Readonly<Record<string, unknown>>) : null;
  const number = typeof facts?.code === 'number' ? facts.code : 2;
  const reason = typeof facts?.['reason'] === 'string' ? facts['reason'] : '';
  const { shown, project, doing } = context;
  const said = wordsOf(facts?.message ?? 'no reason given').replace(/^request to \S+ failed, reason: /, '');
  const details = { status: facts?.['httpStatusCode'] ?? null, grpc_code: number, reason };
  if (reason === 'SERVICE_DISABLED') {
    const hint = `Switch it on: gcloud services enable secretmanager.googleapis.com --project ${project}`;
    return new ConnectorError('SECRET_NOT_FOUND', `Secret Manager is not switched on in ${project}`, {
      hint,
      details,
    });
  }
  if (reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT') {
    const hint = `Give this machine the scope cloud-platform, or log in again: gcloud auth application-default login`;
    return new ConnectorError('BIGQUERY_CREDENTIALS', 'The Google login does not cover Secret Manager', {
      hint,
      details,
    });
  }
  const code = MEANINGS[number] ?? 'SECRET_UNAVAILABLE';
  return new ConnectorError(code, `${shown} ${REFUSALS[doing]}: ${said}`, {
    details,
    ...hintOf(code, number, context),
  });
}

function hintOf(
  code: ErrorCode,
  number: number,
  { doing, project, name }: SecretContext,
): { readonly hint?: string } {
  if (doing === 'create') return hintOfCreate(code, project);
  if (code === 'SECRET_FORBIDDEN') {
    const role =
      doing === 'read' ? 'roles/secretmanager.secretAccessor' : 'roles/secretmanager.secretVersionAdder';
    const command = `gcloud secrets add-iam-policy-binding ${name} --project ${project} --role ${role} --member`;
    return { hint: `Grant the account that runs this the role: ${command} serviceAccount:<e-mail>` };
  }
  if (code !== 'SECRET_NOT_FOUND') return {};
  const list = `gcloud secrets versions list ${name} --project ${project}`;
  return {
    hint: number === 9 ? `Refer to a version that is enabled: ${list}` : `Look which there are: ${list}`,
  };
}

/** @see Secret Manager, "Access control with IAM": roles/secretmanager.admin holds secrets.create (checked 2026-11-29) */
function hintOfCreate(code: ErrorCode, project: string): { readonly hint?: string } {
  if (code === 'SECRET_NOT_FOUND') return { hint: 'Compare the project and the name: gcloud projects list' };
  if (code !== 'SECRET_FORBIDDEN') return {};
  const command = `gcloud projects add-iam-policy-binding ${project} --role roles/secretmanager.admin --member`;
  return { hint: `Grant yourself the right to make secrets: ${command} user:<e-mail>` };
}

/** What an answer in an error says: OAuth's own form, or Google's. */
function answerIn(error: ErrorLike): {
  readonly status: number | null;
  readonly oauth: Readonly<Record<string, unknown>> | null;
  readonly said: string | null;
} {
  const { response, status: own } = error as {
    response?: { status?: unknown; data?: unknown };
    status?: unknown;
  };
  const status = [response?.status, own].find((value) => typeof value === 'number') ?? null;
  const data = objectOf(response?.data);
  if (typeof data?.['error'] === 'string') return { status, oauth: data, said: null };
  const message = objectOf(data?.['error'])?.['message'];
  return { status, oauth: null, said: typeof message === 'string' ? wordsOf(message) : null };
}

/** @see RFC 6749 §5.2; Google Cloud, "Reauthentication" for invalid_rapt (checked 2026-11-20) */
function refusedGrant(oauth: Readonly<Record<string, unknown>>): ConnectorError {
  const { error, error_subtype: subtype, error_description: description } = oauth;
  const words = typeof description === 'string' ? wordsOf(description) : '';
  const isReauth = subtype === 'invalid_rapt' || /rapt|reauth/i.test(words);
  if (isReauth)
    return refused(
      'Google wants a new login (invalid_rapt): the organisation limits how long one lasts',
      ORGANISATION,
    );
  const reason = `${String(error)}${words === '' ? '' : `: ${words}`}`;
  const what =
    error === 'invalid_grant'
      ? 'Google refused the login, which has expired or was revoked'
      : 'Google refused the login';
  return refused(`${what} (${reason})`, LOG_IN_AGAIN);
}

function refusedImpersonation(account: string, status: number | null, said: string): ConnectorError {
  const details = { status, impersonate: account };
  const refuse = (message: string, hint: string): ConnectorError =>
    new ConnectorError('BIGQUERY_CREDENTIALS', message, { hint, details });
  if (/has not been used|is disabled|not been enabled/i.test(said)) {
    const hint =
      'Switch it on in the project of the service account: gcloud services enable iamcredentials.googleapis.com';
    return refuse(`${account} cannot be impersonated: the IAM Service Account Credentials API is off`, hint);
  }
  if (status === 404) {
    const hint =
      'Correct destination.impersonate_service_account; list them with: gcloud iam service-accounts list';
    return refuse(`There is no service account ${account}: ${said}`, hint);
  }
  const command = `gcloud iam service-accounts add-iam-policy-binding ${account} --role roles/iam.serviceAccountTokenCreator --member`;
  return refuse(
    `${account} may not be impersonated: ${said}`,
    `Grant whoever runs this roles/iam.serviceAccountTokenCreator on it: ${command} user:<e-mail>`,
  );
}

function refused(message: string, hint: string): ConnectorError {
  return new ConnectorError('BIGQUERY_CREDENTIALS', message, { hint });
}

function networkCode(error: ErrorLike): string | null {
  const codes = [error, error.cause, isErrorLike(error.cause) ? error.cause.cause : null].map(codeOf);
  return codes.find((code) => NETWORK_CODE.test(code)) ?? null;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
}

/** One line of at most 300 characters. */
function wordsOf(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= LONGEST_REASON ? line : `${line.slice(0, LONGEST_REASON - 1)}…`;
}
