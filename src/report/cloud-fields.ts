/** Where the process runs and which trace it belongs to, as Cloud Logging reads it from a JSON line. */

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables that Cloud Run sets for a task of a job, and the label each becomes.
 * @see Cloud Run, container runtime contract: environment variables for jobs (checked 2026-11-24)
 */
const LABELS = [
  ['CLOUD_RUN_JOB', 'job'],
  ['CLOUD_RUN_EXECUTION', 'execution'],
  ['CLOUD_RUN_TASK_INDEX', 'task_index'],
  ['CLOUD_RUN_TASK_ATTEMPT', 'task_attempt'],
] as const;

/**
 * Fields for every line: labels of the execution, and the trace that whoever started the process has named in
 * `TRACEPARENT` (W3C). Empty outside of Cloud Run and without a trace. A trace is named together with its project, so
 * that one without GOOGLE_CLOUD_PROJECT is left out.
 *
 * `{ CLOUD_RUN_EXECUTION: 'harvest-7k2' }` → `{ 'logging.googleapis.com/labels': { execution: 'harvest-7k2' } }`
 * @see Cloud Logging, structured logging: special fields in the JSON payload (checked 2026-11-24)
 */
export function cloudFields(env: Environment): Readonly<Record<string, unknown>> {
  const labels = LABELS.flatMap(([variable, label]) => {
    const value = env[variable] ?? '';
    return value === '' ? [] : [[label, value] as const];
  });
  return {
    ...(labels.length === 0 ? {} : { 'logging.googleapis.com/labels': Object.fromEntries(labels) }),
    ...traceFields(env),
  };
}

function traceFields(env: Environment): Readonly<Record<string, unknown>> {
  const parent = parseTraceParent(env['TRACEPARENT'] ?? env['traceparent'] ?? '');
  const project = env['GOOGLE_CLOUD_PROJECT'] ?? '';
  if (parent === null || project === '') return {};
  return {
    'logging.googleapis.com/trace': `projects/${project}/traces/${parent.traceId}`,
    'logging.googleapis.com/spanId': parent.spanId,
    'logging.googleapis.com/trace_sampled': parent.isSampled,
  };
}

/** What a `traceparent` says. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the span that started this process. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/**
 * Reads `00-<trace>-<span>-<flags>`; null for anything that the standard calls invalid. Later versions may have more
 * behind the flags.
 * @see W3C Trace Context, section 3.2 (checked 2026-11-24)
 */
export function parseTraceParent(text: string): TraceParent | null {
  const match = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/.exec(text.trim());
  if (match === null) return null;
  const [, version = '', traceId = '', spanId = '', flags = '', more = ''] = match;
  if (version === 'ff' || (version === '00' && more !== '')) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
