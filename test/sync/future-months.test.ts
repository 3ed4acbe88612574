import { describe, expect, it } from '@jest/globals';
import { openOffice } from '../support/office.ts';

describe('a report month that is still to come', () => {
  it('is read again in rotation as old ones are', async () => {
    await using office = await openOffice({ now: '2026-03-10T09:00:00Z', clock: 'stands' });
    const { account } = office.sandbox;
    const expense = account.truth('expenses').next().value as Readonly<Record<string, unknown>>;
    account.update('expenses', Number(expense['id']), { spent_date: '2026-04-20' });
    // the second run reads the month once more: it was read in the second in which it changed
    for (let run = 0; run < 2; run += 1) {
      await office.sync();
      account.clock.advance(60_000);
    }
    const { id } = expense['user'] as { readonly id: number };
    const person = [...account.truth('users')].find((each) => each['id'] === id);
    account.update('users', id, { is_contractor: person?.['is_contractor'] !== true });
    await office.sync({ config: { sync: { sweepEveryMs: 0, sweepChildrenEveryMs: 0 } } });
    const streams = ['time_team', 'expenses_team', 'uninvoiced'];
    expect(await office.differences({ streams, lags: 'swept' })).toEqual([]);
  });
});
