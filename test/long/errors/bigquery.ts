/** Failures of BigQuery, from a server that answers as Google documents it. */
import { HOUSEKEEPING } from '../../../src/catalog/housekeeping.ts';
import { CHECKPOINT_MOVED } from '../../../src/warehouse/bigquery/housekeeping-sql.ts';
import {
  AUTH_ERROR,
  BACKEND_ERROR,
  BILLING_NOT_ENABLED,
  BYTES_BILLED_LIMIT_EXCEEDED,
  INVALID_QUERY,
  JOB_ERRORS,
  QUOTA_EXCEEDED,
  RATE_LIMIT_EXCEEDED,
} from '../../bigquery/support/documented-errors.ts';
import { answers, jobFails, type Fault } from '../../warehouse/bigquery/scripted-faults.ts';
import type { ScriptedBigQuery } from '../../warehouse/bigquery/scripted-server.ts';
import { fieldsOf } from '../../warehouse/bigquery/scripted-world.ts';
import { bigQueryDestination, type Provoke, type Scene } from './scene.ts';

/** Syncs the roles into a BigQuery that was prepared. */
async function into(
  scene: Scene,
  arrange: (server: ScriptedBigQuery) => void,
  destination = bigQueryDestination,
): ReturnType<Provoke> {
  const server = await scene.bigQuery();
  arrange(server);
  await scene.configure(await scene.sandbox(), '', { destination: destination(server) });
  return scene.run(['sync', 'roles']);
}

/** Every query fails so, for ever. */
const queries =
  (fault: Fault) =>
  (server: ScriptedBigQuery): void =>
    server.plan('job.insert.query', fault, { times: 1000 });

/** Somebody else's checkpoint is there when the commit is tried. */
function overtaken(server: ScriptedBigQuery): void {
  const name = `d.${HOUSEKEEPING.syncState.name}`;
  const theirs: Readonly<Record<string, string>> = {
    stream: 'roles',
    version: '7',
    run_id: 'somebody-else',
    committed_at: '1769904060000000',
    state: '{}',
  };
  const moved = jobFails({ reason: 'invalidQuery', message: `Query error: ${CHECKPOINT_MOVED} at [3:1]` });
  const fault: Fault = (effect, request, world) => {
    const fields = fieldsOf(server.world.tables.get(name) ?? {});
    server.world.rows.set(name, [fields.map(({ name: column }) => theirs[column] ?? null)]);
    return moved(effect, request, world);
  };
  const isCommit = (request: { readonly job: { readonly sql?: string | null } | null }): boolean =>
    request.job?.sql?.includes('COMMIT') === true;
  server.plan({ kind: 'job.insert.query', where: isCommit }, fault, { times: 1000 });
}

/** One for each code. */
export const BIGQUERY = {
  BIGQUERY_CREDENTIALS: async (scene) =>
    into(scene, (server) => server.plan({}, answers(AUTH_ERROR), { times: 1000 })),
  BIGQUERY_PERMISSION: async (scene) => into(scene, (server) => server.deny('bigquery.tables.create')),
  BIGQUERY_PROJECT_UNKNOWN: async (scene) =>
    into(
      scene,
      () => undefined,
      (server) => bigQueryDestination(server).replace('project: test', 'project: tset-acme'),
    ),
  BIGQUERY_LOCATION: async (scene) =>
    into(
      scene,
      () => undefined,
      (server) => bigQueryDestination(server).replace('location: EU', 'location: US'),
    ),
  BIGQUERY_NO_BILLING: async (scene) => into(scene, queries(answers(BILLING_NOT_ENABLED))),
  BIGQUERY_BYTES_CAP: async (scene) => into(scene, queries(answers(BYTES_BILLED_LIMIT_EXCEEDED))),
  BIGQUERY_QUOTA: async (scene) =>
    into(scene, (server) => server.plan('job.insert.load', answers(QUOTA_EXCEEDED), { times: 1000 })),
  BIGQUERY_THROTTLED: async (scene) => into(scene, queries(answers(RATE_LIMIT_EXCEEDED))),
  BIGQUERY_UNAVAILABLE: async (scene) => into(scene, queries(answers(BACKEND_ERROR))),
  BIGQUERY_CONTENTION: async (scene) => into(scene, queries(jobFails(JOB_ERRORS.transactionAborted))),
  BIGQUERY_REFUSED: async (scene) => into(scene, queries(answers(INVALID_QUERY))),
  STATE_CONFLICT: async (scene) => into(scene, overtaken),
} as const satisfies Record<string, Provoke>;
