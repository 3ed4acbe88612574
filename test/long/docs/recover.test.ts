import { rm } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf } from '../../support/office.ts';
import { byHand } from '../../verify/bench.ts';

const STREAMS = ['clients', 'users', 'time_entries', 'invoices', 'invoice_payments', 'time_clients'];

/** What docs/recover.md promises of lost things, where it says that `sync` is enough. */
describe('after a loss, the next sync makes the tables equal Harvest again', () => {
  it.each([
    ['checkpoints that were dropped', 'DROP TABLE _sync_state'],
    ['checkpoints that were emptied', 'DELETE FROM _sync_state'],
    ['a table that was dropped', 'DROP TABLE time_entries'],
    ['a table that was emptied', 'DELETE FROM invoices'],
  ])('%s', async (_what, loss) => {
    await using office = await openOffice({ now: '2026-03-10T09:00:00Z' });
    await office.sync({ streams: STREAMS });
    const versions = 'SELECT count(*) FROM clients_history';
    const before = await office.query(versions);
    await byHand(office.path, [loss]);
    const run = await office.sync({ streams: STREAMS });
    expect(run.result.outcome).toBe('ok');
    expect(resultOf(run, 'clients').inserted).toBe(0);
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
    expect(await office.query(versions)).toEqual(before);
  });

  it('a file that is gone', async () => {
    await using office = await openOffice({ now: '2026-03-10T09:00:00Z' });
    await office.sync({ streams: STREAMS });
    await rm(office.path);
    await office.sync({ streams: STREAMS });
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
  });
});
