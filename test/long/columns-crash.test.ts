/** A run that brings the tables to another choice of columns, killed before each of its writes, and run again. */
import { expect, it } from '@jest/globals';
import type { ColumnChoice } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import type { WarehouseDoor } from '../../src/warehouse/door.ts';
import type { EngineOptions } from '../support/engine.ts';
import { interpose } from '../support/interpose.ts';
import { openOffice, type Office } from '../support/office.ts';

const choosing = (choices: Readonly<Record<string, Partial<ColumnChoice>>>): EngineOptions => ({
  streams: Object.keys(choices),
  config: {
    sync: { hashKey: new Secret('k3y', 'test') },
    streams: {
      overrides: new Map(
        Object.entries(choices).map(([name, choice]) => [
          name,
          { include: null, exclude: [], hash: [], ...choice },
        ]),
      ),
    },
  },
});

const BEFORE = choosing({
  users: { exclude: ['telephone'] },
  invoices: { exclude: ['subject'] },
  time_team: { exclude: ['billable_hours'] },
  invoice_messages: {},
});
const AFTER = choosing({
  users: { exclude: ['last_name'], hash: ['email'] },
  invoices: { exclude: ['notes', 'line_items.description'] },
  time_team: { exclude: ['avatar_url'] },
  invoice_messages: { hash: ['subject'] },
});

/** Every stored value, with the newest state of the history. */
async function stored(office: Office): Promise<unknown> {
  return Promise.all(
    [
      'SELECT id, first_name, last_name, email, telephone FROM users ORDER BY id',
      'SELECT id, subject, notes, to_json(line_items)::VARCHAR FROM invoices ORDER BY id',
      'SELECT period_start, user_id, billable_hours, avatar_url FROM time_team ORDER BY ALL',
      'SELECT id, subject, body FROM invoice_messages ORDER BY id',
      'SELECT id, last_name, email, telephone FROM users_history WHERE _valid_to IS NULL ORDER BY id',
      "SELECT count(*) FROM users_history WHERE last_name IS NOT NULL OR email LIKE '%@%'",
    ].map((sql) => office.query(sql)),
  );
}

/** Kills the run before its nth write. */
function killing(nth: number): (door: WarehouseDoor) => WarehouseDoor {
  let writes = 0;
  const strike = async (): Promise<void> => {
    writes += 1;
    if (writes >= nth) throw new Error('killed');
  };
  const before = { commit: strike, emptyColumns: strike, forgetTraces: strike, append: strike };
  return (door) => ({ ...door, open: async (session) => interpose(await door.open(session), before) });
}

it('a choice that changes is complete after a run that was killed before any of its writes and run again', async () => {
  await using calm = await openOffice();
  await calm.sync(BEFORE);
  expect((await calm.sync(AFTER)).result.outcome).toBe('ok');
  const wanted = await stored(calm);
  const emails = await calm.query('SELECT email FROM users');
  expect(emails.every(([email]) => /^[0-9a-f]{64}$/.test(email ?? ''))).toBe(true);
  let nth = 1;
  for (let isKilled = true; isKilled; nth += 1) {
    await using office = await openOffice();
    await office.sync(BEFORE);
    const killed = await office.sync({ ...AFTER, wrapDoor: killing(nth) });
    isKilled = killed.result.outcome !== 'ok';
    const again = await office.sync(AFTER);
    expect({ nth, outcome: again.result.outcome }).toEqual({ nth, outcome: 'ok' });
    expect({ nth, stored: await stored(office) }).toEqual({ nth, stored: wanted });
    const quiet = await office.sync(AFTER);
    expect(quiet.events.filter(({ event }) => event === 'columns.changed')).toEqual([]);
  }
  expect(nth).toBeGreaterThan(6);
}, 600_000);
