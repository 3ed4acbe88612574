/** What becomes of a commit whose answer is lost or whose job fails: it is there once, or nothing of it is. */
import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../../src/catalog/housekeeping.ts';
import { CHECKPOINT_MOVED } from '../../../src/warehouse/bigquery/housekeeping-sql.ts';
import { bigQueryDoor } from '../../../src/warehouse/bigquery/warehouse.ts';
import type { CommitResult } from '../../../src/warehouse/warehouse.ts';
import { BACKEND_ERROR, JOB_ERRORS } from '../../bigquery/support/documented-errors.ts';
import { client, CLIENTS, Workbench } from '../workbench.ts';
import { optionsOf, quietSession, thrownBy } from './office.ts';
import { answerIsLost, answersAfter, jobFails, type Fault } from './scripted-faults.ts';
import { startBigQuery, type ScriptedBigQuery } from './scripted-server.ts';
import { fieldsOf } from './scripted-world.ts';

const MOVED = {
  reason: 'invalidQuery',
  message: `Query error: ${CHECKPOINT_MOVED} clients at [3:1]`,
  location: 'query',
};

/** The first commit of a workbench is of run `run-1`, one minute after midnight. */
const OURS = { stream: 'clients', version: '1', run_id: 'run-1', committed_at: '1769904060000000' };

/** Puts a checkpoint there, as the table lists it. */
function store(server: ScriptedBigQuery, checkpoint: Readonly<Record<string, string>>): void {
  const name = `d.${HOUSEKEEPING.syncState.name}`;
  const fields = fieldsOf(server.world.tables.get(name) ?? {});
  server.world.rows.set(name, [fields.map(({ name: column }) => checkpoint[column] ?? null)]);
}

async function commitOnce(server: ScriptedBigQuery, arrange: () => void): Promise<CommitResult> {
  server.world.addDataset('d');
  server.world.addDataset('_harvest_staging', 'EU', { defaultTableExpirationMs: '86400000' });
  await using bench = await Workbench.open(
    () => bigQueryDoor(optionsOf(server)).open(quietSession()),
    [CLIENTS],
  );
  const load = await bench.prepare(CLIENTS, [client(1, 'A', 1)]);
  arrange();
  return await bench.commit({
    loads: [load],
    states: [{ stream: 'clients', expectedVersion: 0, cursor: null, state: {} }],
  });
}

/** The scripts that commit. */
function commits(server: ScriptedBigQuery): readonly (string | null)[] {
  return server
    .of('job.insert.query')
    .filter(({ job }) => job?.sql?.includes('COMMIT') === true)
    .map(({ jobId }) => jobId);
}

describe('a commit', () => {
  it.each<[string, Fault]>([
    ['the connection broke', answerIsLost],
    ['503', answersAfter(BACKEND_ERROR)],
  ])('of which the answer is lost is made once: %s', async (_what, fault) => {
    await using server = await startBigQuery();
    const { loads } = await commitOnce(server, () => server.plan('job.insert.query', fault));
    expect(loads).toMatchObject([{ table: 'clients', inserted: 1 }]);
    expect(commits(server)).toHaveLength(1);
  });

  it('that was aborted by another transaction is made by another job', async () => {
    await using server = await startBigQuery();
    await commitOnce(server, () => server.plan('job.insert.query', jobFails(JOB_ERRORS.transactionAborted)));
    const [first, second] = commits(server);
    expect(second).toBe(first?.replace(/_0$/, '_1'));
  });

  it('that was made though its job failed is found by its own checkpoint', async () => {
    await using server = await startBigQuery();
    const { loads } = await commitOnce(server, () => {
      server.plan('job.insert.query', jobFails(JOB_ERRORS.jobBackendError));
      server.plan('job.insert.query', jobFails(MOVED));
      store(server, { ...OURS, state: '{}' });
    });
    expect(loads).toMatchObject([{ inserted: 1 }]);
    expect(commits(server)).toHaveLength(2);
  });

  it.each([
    ['of another run', { ...OURS, run_id: 'another' }],
    ['of another commit of the run', { ...OURS, version: '2' }],
  ])('that finds a checkpoint %s is refused, and not repeated', async (_whose, checkpoint) => {
    await using server = await startBigQuery();
    const committed = commitOnce(server, () => {
      server.plan('job.insert.query', jobFails(MOVED));
      store(server, { ...checkpoint, state: '{}' });
    });
    expect(await thrownBy(committed)).toMatchObject({
      code: 'STATE_CONFLICT',
      details: { stream: 'clients', expected_version: 0 },
    });
    expect(commits(server)).toHaveLength(1);
  });
});
