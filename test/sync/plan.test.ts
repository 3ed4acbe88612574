import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openOffice, type Office } from '../support/office.ts';
import { planEngine, predict } from '../support/planned.ts';

const NOW = { now: '2026-03-10T09:00:00Z', clock: 'stands' } as const;

/** Everything in the folder of the file, with its content. */
async function everything({ path }: Office): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(dirname(path));
  const files = names.map(async (name) => {
    const content = await readFile(`${dirname(path)}/${name}`);
    return [name, content.toString('base64')] as const;
  });
  return new Map(await Promise.all(files));
}

describe('a plan', () => {
  it('tells the requests of a first load and of a quiet run to the last one, and writes nothing', async () => {
    await using office = await openOffice(NOW);
    const before = await everything(office);
    const first = await predict(office);
    expect(before.size).toBe(0);
    expect(first.planned).toEqual(first.made);
    expect(first.off).toEqual([]);
    const { plan } = first;
    expect(plan.warehouse_exists).toBe(false);
    expect(plan.tables.filter(({ change }) => change === 'table created')).toEqual(
      first.run.events.flatMap((event) =>
        event.event === 'schema.changed' && event.change === 'table created'
          ? [{ table: event.table, change: event.change }]
          : [],
      ),
    );
    expect(plan.asked.requests).toBeLessThan(40);

    office.sandbox.account.clock.advance(3_600_000);
    const stored = await everything(office);
    await planEngine(office.target, office.path);
    expect(await everything(office)).toEqual(stored);
    const quiet = await predict(office);
    expect(quiet.planned).toEqual(quiet.made);
    expect(quiet.plan.tables).toEqual([]);
    expect(quiet.plan.statements).toEqual([]);
    expect(quiet.plan.streams.map(({ rows_changed: rows }) => rows ?? 0)).toEqual(
      quiet.plan.streams.map(() => 0),
    );
  }, 30_000);

  it('asks Harvest nothing that writes, and leaves no file where there was none', async () => {
    await using office = await openOffice(NOW);
    const plan = await planEngine(office.target, office.path, { streams: ['clients', 'users'] });
    expect(await everything(office)).toEqual(new Map());
    expect(plan.streams.map(({ stream, mode, rows_in_harvest: rows }) => [stream, mode, rows])).toEqual([
      ['clients', 'first load', [...office.sandbox.account.truth('clients')].length],
      ['users', 'first load', [...office.sandbox.account.truth('users')].length],
    ]);
    expect(plan.statements?.some((statement) => statement.startsWith('CREATE TABLE "main"."clients"'))).toBe(
      true,
    );
  });
});
