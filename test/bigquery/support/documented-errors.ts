/**
 * Bodies with which BigQuery refuses, as Google documents them, and as users reported them word for word. Each says
 * where it was found (all checked 2026-11-24); only names of projects and tables are ours.
 */

/** What the REST API puts into `status.errorResult` of a job and into `errors` of an answer. */
export interface ErrorProto {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
}

/** An answer that refuses: the HTTP status, and the body as an object (JSON) or as text. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: unknown;
}

const CANONICAL: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/**
 * An answer in the shape of Google's APIs.
 * @see https://cloud.google.com/bigquery/docs/troubleshoot-quotas (the example of a body)
 */
export function errorAnswer(status: number, { reason, message, location }: ErrorProto): ErrorAnswer {
  const where = location === undefined ? {} : { location, locationType: 'parameter' };
  const errors = [{ message, domain: 'global', reason, ...where }];
  const canonical = CANONICAL[status];
  return {
    status,
    body: {
      error: { code: status, message, errors, ...(canonical === undefined ? {} : { status: canonical }) },
    },
  };
}

/** @see https://cloud.google.com/bigquery/docs/error-messages rateLimitExceeded; troubleshoot-quotas */
export const RATE_LIMIT_EXCEEDED = errorAnswer(403, {
  reason: 'rateLimitExceeded',
  message:
    'Exceeded rate limits: too many api requests per user per method for this user_method. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas',
});

/** @see https://cloud.google.com/bigquery/docs/error-messages jobRateLimitExceeded */
export const JOB_RATE_LIMIT_EXCEEDED = errorAnswer(400, {
  reason: 'jobRateLimitExceeded',
  message:
    'Job exceeded rate limits: Your project_and_region exceeded quota for jobs that can be queued per project.',
});

/**
 * A rate limit that comes with the reason of a wrong query.
 * @see https://cloud.google.com/bigquery/docs/troubleshoot-quotas, "table update operations"
 */
export const RATE_LIMIT_AS_INVALID_QUERY = errorAnswer(400, {
  reason: 'invalidQuery',
  message:
    'Exceeded rate limits: too many table update operations for this table. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas',
  location: 'query',
});

/** @see https://cloud.google.com/bigquery/docs/troubleshoot-quotas quotaExceeded */
export const QUOTA_EXCEEDED = errorAnswer(403, {
  reason: 'quotaExceeded',
  message:
    'Quota exceeded: Your table exceeded quota for imports or query appends per table. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas',
});

/** @see https://cloud.google.com/bigquery/docs/error-messages backendError */
export const BACKEND_ERROR = errorAnswer(503, {
  reason: 'backendError',
  message: 'Error encountered during execution. Retrying may solve the problem.',
});

/** @see https://cloud.google.com/bigquery/docs/error-messages internalError */
export const INTERNAL_ERROR = errorAnswer(500, {
  reason: 'internalError',
  message:
    'An internal error occurred and the request could not be completed. This is usually caused by a transient issue.',
});

/** Google's front end, not BigQuery. @see https://cloud.google.com/bigquery/docs/error-messages (502: no error object) */
export const BAD_GATEWAY_HTML: ErrorAnswer = {
  status: 502,
  body: '<!DOCTYPE html>\n<html lang=en>\n<title>Error 502 (Server Error)!!1</title>\n<p><b>502.</b> <ins>That’s an error.</ins>\n<p>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.\n',
};

/**
 * `resource` is such as `Dataset p:d` or `Table p:d.t`.
 * @see https://cloud.google.com/bigquery/docs/error-messages accessDenied; access-control
 */
export function accessDenied(permission: string, resource: string): ErrorAnswer {
  const named = resource.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  return errorAnswer(403, {
    reason: 'accessDenied',
    message: `Access Denied: ${resource}: Permission ${permission} denied on ${named} (or it may not exist).`,
  });
}

/** @see https://cloud.google.com/bigquery/docs/troubleshoot-queries, "bigquery.jobs.create" */
export function jobsDenied(project: string): ErrorAnswer {
  return errorAnswer(403, {
    reason: 'accessDenied',
    message: `Access Denied: Project ${project}: User does not have bigquery.jobs.create permission in project ${project}.`,
  });
}

/** @see https://cloud.google.com/bigquery/docs/error-messages notFound */
export function notFound(resource: string): ErrorAnswer {
  return errorAnswer(404, { reason: 'notFound', message: `Not found: ${resource}` });
}

/** @see https://cloud.google.com/bigquery/docs/error-messages notFound (a job in another location than its data) */
export function datasetNotInLocation(project: string, dataset: string, location: string): ErrorAnswer {
  return notFound(`Dataset ${project}:${dataset} was not found in location ${location}`);
}

/** @see https://cloud.google.com/bigquery/docs/error-messages duplicate */
export function duplicate(resource: string): ErrorAnswer {
  return errorAnswer(409, { reason: 'duplicate', message: `Already Exists: ${resource}` });
}

/** @see https://cloud.google.com/bigquery/docs/error-messages invalid */
export const INVALID = errorAnswer(400, {
  reason: 'invalid',
  message: 'Provided Schema does not match Table p:d.t. Cannot add fields (field: extra)',
});

/** @see https://cloud.google.com/bigquery/docs/error-messages invalidQuery */
export const INVALID_QUERY = errorAnswer(400, {
  reason: 'invalidQuery',
  message: 'Unrecognized name: nope at [1:8]',
  location: 'q',
});

/** @see https://cloud.google.com/bigquery/docs/error-messages authError; a request with an expired token */
export const AUTH_ERROR = errorAnswer(401, {
  reason: 'authError',
  message:
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
});

/** @see https://cloud.google.com/bigquery/docs/error-messages billingNotEnabled; sandbox (DML) */
export const BILLING_NOT_ENABLED = errorAnswer(403, {
  reason: 'billingNotEnabled',
  message:
    'Billing has not been enabled for this project. Enable billing at https://console.cloud.google.com/billing. DML queries are not allowed in the free tier. Set up a billing account to remove this restriction.',
});

/** @see https://cloud.google.com/bigquery/docs/best-practices-costs; github.com/exmergo/dex/issues/320 (the text) */
export const BYTES_BILLED_LIMIT_EXCEEDED = errorAnswer(400, {
  reason: 'bytesBilledLimitExceeded',
  message: 'Query exceeded limit for bytes billed: 10485760. 20971520 or higher required.',
});

/** How jobs end: `status.errorResult`. */
export const JOB_ERRORS = {
  /** @see https://cloud.google.com/bigquery/docs/error-messages jobBackendError */
  jobBackendError: {
    reason: 'jobBackendError',
    message:
      'The job encountered an error during execution. Retrying the job may solve the problem. Error: 3084713',
  },
  /** @see https://cloud.google.com/bigquery/docs/error-messages jobInternalError */
  jobInternalError: {
    reason: 'jobInternalError',
    message:
      'The job encountered an internal error during execution and was unable to complete successfully.',
  },
  /** @see https://cloud.google.com/bigquery/docs/troubleshoot-quotas */
  rateLimitExceeded: {
    reason: 'rateLimitExceeded',
    message:
      'Exceeded rate limits: too many table update operations for this table. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas',
  },
  /** @see https://cloud.google.com/bigquery/docs/troubleshoot-quotas */
  quotaExceeded: {
    reason: 'quotaExceeded',
    message:
      'Quota exceeded: Your table exceeded quota for imports or query appends per table. For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas',
  },
  /** @see https://cloud.google.com/bigquery/docs/transactions; github.com/estuary/connectors/issues/111 (the text) */
  transactionAborted: {
    reason: 'invalidQuery',
    message:
      'Query error: Transaction is aborted due to concurrent update against table p:d.t. Transaction ID: 61e30eea-0000-2dab-8e60-94eb2c1b1a92 at [24:9]',
    location: 'query',
  },
  /** @see https://cloud.google.com/bigquery/docs/troubleshoot-queries; confluentinc/kafka-connect-bigquery/issues/279 */
  couldNotSerialize: {
    reason: 'invalidQuery',
    message: 'Could not serialize access to table p:d.t due to concurrent update',
    location: 'query',
  },
  /** @see https://cloud.google.com/bigquery/docs/troubleshoot-queries resourcesExceeded */
  resourcesExceeded: {
    reason: 'resourcesExceeded',
    message:
      'Resources exceeded during query execution: The query could not be executed in the allotted memory.',
  },
  /** @see https://cloud.google.com/bigquery/docs/troubleshoot-queries, DML that waits */
  tooManyDml: {
    reason: 'resourcesExceeded',
    message:
      'Resources exceeded during query execution: Too many DML statements outstanding against table p:d.t, limit is 20.',
  },
  /** @see https://cloud.google.com/bigquery/docs/error-messages stopped */
  stopped: {
    reason: 'stopped',
    message: 'Job execution was cancelled: User requested cancellation',
  },
  /** @see https://cloud.google.com/bigquery/docs/error-messages timeout (jobTimeoutMs) */
  timeout: {
    reason: 'stopped',
    message: 'Job execution was cancelled: Job timed out after 0 hrs. 10 mins.',
  },
  /** @see BYTES_BILLED_LIMIT_EXCEEDED; it ends a job that was accepted */
  bytesBilledLimitExceeded: {
    reason: 'bytesBilledLimitExceeded',
    message: 'Query exceeded limit for bytes billed: 10485760. 20971520 or higher required.',
  },
  /** @see https://cloud.google.com/bigquery/docs/error-messages billingNotEnabled; sandbox (DML) */
  billingNotEnabled: {
    reason: 'billingNotEnabled',
    message:
      'Billing has not been enabled for this project. Enable billing at https://console.cloud.google.com/billing. DML queries are not allowed in the free tier. Set up a billing account to remove this restriction.',
  },
  /** @see https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-json, an unknown field */
  invalid: {
    reason: 'invalid',
    message:
      'Error while reading data, error message: JSON table encountered too many errors, giving up. Rows: 1; errors: 1. Please look into the errors[] collection for more details.',
  },
} as const satisfies Readonly<Record<string, ErrorProto>>;
