import { describe, expect, it } from '@jest/globals';
import { ConnectorError } from '../../../src/errors.ts';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { numberOf, recordsOf } from '../../support/pick.ts';
import { watchDoor, type Seen } from '../../support/watched.ts';

const NOW = '2026-03-10T09:00:00Z';

/** A door at which the first commit that brings rows of a table fails, while others go on. */
function failingOnce(table: string): Seen & { readonly rowsOf: () => number } {
  let seen = 0;
  const door = watchDoor(async ({ loads }) => {
    if (loads[0]?.load.table.name !== table) return;
    seen += 1;
    if (seen === 1) throw new ConnectorError('WAREHOUSE_FAILED', 'the disk is full');
  });
  return { ...door, rowsOf: () => seen };
}

/** The newest checkpoint of a stream. */
async function checkpointOf(office: Office, stream: string): Promise<{ cursor: unknown; state: unknown }> {
  const [[cursor = null, state = null] = []] = await office.query(
    `SELECT cursor, state FROM _sync_state WHERE stream = '${stream}' ORDER BY version DESC LIMIT 1`,
  );
  return { cursor, state: JSON.parse(state ?? '{}') };
}

describe('a window that cannot be stored while others beside it are', () => {
  it('is still missing after a start_date that was moved, and is loaded by the next run', async () => {
    await using office = await openOffice({ size: 90_000, scale: { days: 1200 }, now: NOW, clock: 'stands' });
    const streams = ['time_entries'];
    await office.sync({ streams, config: { startDate: '2026-02-01' } });
    const door = failingOnce('time_entries');
    const failed = await office.sync({ streams, config: { startDate: null }, wrapDoor: door.wrapDoor });
    expect(resultOf(failed, 'time_entries').outcome).toBe('failed');
    expect(door.rowsOf()).toBeGreaterThan(1);
    const { state } = await checkpointOf(office, 'time_entries');
    expect(state).toHaveProperty('missing');
    const next = await office.sync({ streams, config: { startDate: null } });
    expect(resultOf(next, 'time_entries').outcome).toBe('ok');
    const windows = next.events.flatMap((event) => (event.event === 'window.chosen' ? [event.mode] : []));
    expect(windows).toContain('first load');
    expect(await numberOf(office, 'SELECT count(*) FROM time_entries')).toBe(
      recordsOf(office, 'time_entries').length,
    );
  });

  it('keeps a report stream from being complete, and its months are read by the next run', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['time_clients'];
    await office.sync({ streams, config: { startDate: '2026-02-01' } });
    const { cursor } = await checkpointOf(office, 'time_clients');
    const config = { startDate: '2025-07-01' };
    office.sandbox.account.clock.advance(3_600_000);
    const door = failingOnce('time_clients');
    const failed = await office.sync({ streams, config, wrapDoor: door.wrapDoor });
    expect(resultOf(failed, 'time_clients').outcome).toBe('failed');
    expect(door.rowsOf()).toBeGreaterThan(1);
    expect((await checkpointOf(office, 'time_clients')).cursor).toBe(cursor);
    const next = await office.sync({ streams, config });
    expect(resultOf(next, 'time_clients').outcome).toBe('ok');
    expect((await checkpointOf(office, 'time_clients')).cursor).not.toBe(cursor);
    expect(await office.differences({ streams, ...config })).toEqual([]);
  });
});
