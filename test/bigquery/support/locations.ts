/**
 * Locations, which the emulator does not know: data lie in one, and a job runs in one and finds only what lies there.
 * @see https://cloud.google.com/bigquery/docs/locations#specify_locations (checked 2026-11-24)
 */
import { datasetNotInLocation, notFound, type ErrorAnswer } from './documented-errors.ts';
import { jsonAnswer, type Answer, type LoggedRequest } from './exchange.ts';
import type { JobFacts } from './requests.ts';

/** Where a job runs that names no location and no data whose place could be told. */
const DEFAULT = 'US';

type JsonObject = Readonly<Record<string, unknown>>;

/** What is known of where datasets and jobs are; datasets that are made through the proxy are known from then on. */
export class Locations {
  readonly #datasets = new Map<string, string>();
  readonly #jobs = new Map<string, string>();

  /** Says where a dataset is. */
  place(dataset: string, location: string): void {
    this.#datasets.set(dataset, location);
  }

  /** The refusal of a request that looks in the wrong place; null: it does not. */
  refusalOf(request: LoggedRequest): ErrorAnswer | null {
    const { kind, jobId, job, location, project } = request;
    if (job !== null) return this.#elsewhere(`${project}`, job);
    const known = jobId === null ? undefined : this.#jobs.get(jobId);
    const asks = kind === 'job.get' || kind === 'job.getQueryResults' || kind === 'job.cancel';
    if (!asks || known === undefined || isSame(location ?? DEFAULT, known)) return null;
    return notFound(`Job ${project}:${location ?? DEFAULT}.${jobId}`);
  }

  /** Puts the right location into an answer, and remembers what it tells. */
  rewrite(answer: Answer, request: LoggedRequest): Answer {
    if (answer.status !== 200 || !String(answer.headers['content-type']).includes('json')) return answer;
    const body = parsed(answer.body);
    if (body === null) return answer;
    const changed = this.#changed(body, request);
    return changed === null ? answer : { ...jsonAnswer(changed), headers: answer.headers };
  }

  #changed(body: JsonObject, request: LoggedRequest): JsonObject | null {
    const { kind, dataset, jobId } = request;
    if (kind === 'dataset.insert' && dataset !== null)
      this.place(dataset, String(body['location'] ?? DEFAULT));
    if (kind.startsWith('table.') && dataset !== null && 'location' in body) {
      return { ...body, location: this.#datasets.get(dataset) ?? body['location'] };
    }
    if (!('jobReference' in body) || jobId === null) return null;
    if (request.job !== null) this.#jobs.set(jobId, request.job.location ?? this.#placeOf(request.job));
    const location = this.#jobs.get(jobId) ?? DEFAULT;
    return { ...body, jobReference: { ...(body['jobReference'] as object), location } };
  }

  #elsewhere(project: string, job: JobFacts): ErrorAnswer | null {
    // without a location a job goes where its data are
    if (job.location === null) return null;
    const { location } = job;
    const missed = this.#namedIn(job).find(([, place]) => !isSame(place, location));
    return missed === undefined ? null : datasetNotInLocation(project, missed[0], location);
  }

  #placeOf(job: JobFacts): string {
    return this.#namedIn(job)[0]?.[1] ?? DEFAULT;
  }

  /** The datasets that a job names, in its destination or its text. */
  #namedIn({ configuration }: JobFacts): readonly (readonly [string, string])[] {
    const text = JSON.stringify(configuration);
    return [...this.#datasets].filter(([name]) => new RegExp(`(?<!\\w)${name}(?!\\w)`).test(text));
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function parsed(body: Buffer): JsonObject | null {
  try {
    return JSON.parse(body.toString('utf8')) as JsonObject;
  } catch {
    return null;
  }
}
