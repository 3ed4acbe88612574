import { PassThroughClient } from 'google-auth-library';
import { describe, expect, it } from '@jest/globals';
import { ConnectorError } from '../../src/errors.ts';
import { listDatasets, listProjects, type ListingOptions } from '../../src/google/listing.ts';
import { json, silence, startServer, type ScriptedServer } from '../support/http-server.ts';

function options(server: ScriptedServer, signal = new AbortController().signal): ListingOptions {
  return { client: new PassThroughClient(), endpoint: server.origin, signal };
}

async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  const outcome: unknown = await work.catch((error: unknown) => error);
  if (outcome instanceof ConnectorError) return outcome;
  throw new Error('a failure was expected', { cause: outcome });
}

describe('the projects of a login', () => {
  it('come from all pages, by their id, with the name that people gave them', async () => {
    await using server = await startServer(({ url }) => {
      const page = new URL(url, 'http://x').searchParams.get('pageToken');
      return page === null
        ? json({
            projects: [{ projectReference: { projectId: 'b' }, friendlyName: 'Sales' }],
            nextPageToken: 'two',
          })
        : json({ projects: [{ projectReference: { projectId: 'a' }, friendlyName: 'a' }, { odd: true }] });
    });
    expect(await listProjects(options(server))).toEqual([
      { id: 'a', name: null },
      { id: 'b', name: 'Sales' },
    ]);
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /bigquery/v2/projects?maxResults=200',
      'GET /bigquery/v2/projects?maxResults=200&pageToken=two',
    ]);
  });

  it('may be none', async () => {
    await using server = await startServer(() => json({ kind: 'bigquery#projectList' }));
    expect(await listProjects(options(server))).toEqual([]);
  });

  it('end after five pages, however many follow', async () => {
    await using server = await startServer(() => json({ projects: [], nextPageToken: 'more' }));
    await listProjects(options(server));
    expect(server.seen).toHaveLength(5);
  });
});

describe('the datasets of a project', () => {
  it('come with their location', async () => {
    await using server = await startServer(() =>
      json({ datasets: [{ datasetReference: { datasetId: 'sales' }, location: 'EU' }] }),
    );
    expect(await listDatasets('acme-data', options(server))).toEqual([{ id: 'sales', location: 'EU' }]);
    expect(server.seen[0]?.url).toContain('/bigquery/v2/projects/acme-data/datasets?');
  });

  it('that may not be seen are a refusal in the words of BigQuery', async () => {
    const message = 'Access Denied: Project acme-data: User does not have bigquery.datasets.get';
    await using server = await startServer(() =>
      json({ error: { code: 403, message, errors: [{ reason: 'accessDenied', message }] } }, 403),
    );
    const error = await failureOf(listDatasets('acme-data', options(server)));
    expect(error.code).toBe('BIGQUERY_PERMISSION');
    expect(error.message).toContain('the list of datasets');
  });

  it('are not waited for when the person leaves', async () => {
    await using server = await startServer(() => silence);
    const stop = new AbortController();
    const work = failureOf(listDatasets('acme-data', options(server, stop.signal)));
    setTimeout(() => stop.abort(new ConnectorError('RUN_INTERRUPTED', 'Stopped.')), 100);
    expect((await work).code).toBe('RUN_INTERRUPTED');
  });
});
