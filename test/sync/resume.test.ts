import { describe, expect, it } from '@jest/globals';
import { json, startServer, text, type ScriptedServer } from '../support/http-server.ts';
import { runEngine, temporaryFolder, type EngineRun, type Target } from '../support/engine.ts';
import { openOffice } from '../support/office.ts';
import { asked, pick, recordsOf } from '../support/pick.ts';
import { stopAt } from '../support/stop-at.ts';
import { withFile } from '../support/tables.ts';
import { PAGES_PER_WINDOW } from '../../src/sync/split.ts';
import { PARENTS_PER_WINDOW } from '../../src/sync/window.ts';

describe('a first load of children that is stopped half-way', () => {
  it('goes on after the last batch of parents, though that batch had no children to store', async () => {
    await using office = await openOffice();
    const streams = ['invoices', 'invoice_payments'];
    const client = pick(office, 'clients').id;
    for (let nth = 0; nth < 230; nth += 1) {
      const id = office.sandbox.account.create('invoices', { client_id: client, subject: `no. ${nth}` });
      office.sandbox.account.create('invoice_messages', { invoice_id: id, recipients: [] });
    }
    const stopped = await office.sync({ streams, ...stopAt('invoice_payments', 3, 'window.chosen') });
    expect(stopped.result.outcome).toBe('interrupted');
    const idsOf = (run: EngineRun): readonly number[] =>
      asked(run, /\/payments/).map((url) => Number(/invoices\/(\d+)/.exec(url)?.[1]));
    const all = recordsOf(office, 'invoices').map(({ id }) => id);
    const resumed = await office.sync({ streams });
    expect(resumed.result.outcome).toBe('ok');
    expect(idsOf(resumed).length).toBeLessThan(all.length - PARENTS_PER_WINDOW);
    expect(idsOf(resumed)).not.toContain(idsOf(stopped)[0]);
    expect(new Set([...idsOf(stopped), ...idsOf(resumed)])).toEqual(new Set(all));
    expect(await office.differences({ streams })).toEqual([]);
  });
});

/** A Harvest of 45 pages of contacts, three on each, paged by cursor; `dead` cursors are refused once. */
async function startContacts(dead: Set<string>): Promise<ScriptedServer> {
  const pages = 45;
  const server: ScriptedServer = await startServer(({ url }) => {
    const query = new URL(url, 'http://x').searchParams;
    if (url.includes('/users/me')) return json({ id: 1, first_name: 'Ada', access_roles: ['administrator'] });
    if (url.includes('/company')) return json({ name: 'Paper & Sons' });
    if (query.has('updated_since')) return json(page([], null));
    const cursor = query.get('cursor') ?? '1';
    if (dead.delete(cursor)) return text('{"message":"Invalid cursor parameter"}', 422);
    const at = Number(cursor);
    const ids = [0, 1, 2].map((nth) => 1000 - at * 3 + nth);
    const next = at < pages ? `${server.origin}/v2/contacts?cursor=${at + 1}&per_page=2000` : null;
    return json(page(ids, next));
  });
  const page = (ids: readonly number[], next: string | null): unknown => ({
    contacts: ids.map((id) => ({ id, first_name: `No. ${id}`, updated_at: '2025-05-05T05:05:05Z' })),
    total_entries: pages * 3,
    total_pages: pages,
    links: { next },
  });
  return server;
}

describe('a first load of a list paged by cursor that is stopped half-way', () => {
  it.each([
    ['goes on from the stored link', false],
    ['starts over when the stored link is dead', true],
  ])('%s', async (_name, isDead) => {
    const dead = new Set<string>();
    await using server = await startContacts(dead);
    await using folder = await temporaryFolder();
    const path = `${folder.path}/test.duckdb`;
    const target: Target = {
      baseUrl: `${server.origin}/v2`,
      identityUrl: server.origin,
      accountId: 1,
      token: 'x',
    };
    const streams = ['contacts'];
    const stopped = await runEngine(target, path, { streams, ...stopAt('contacts') });
    expect(stopped.result.outcome).toBe('interrupted');
    const count = (): Promise<unknown> => withFile(path, (rows) => rows('SELECT count(*) FROM contacts'));
    expect(await count()).toEqual([[String(3 * PAGES_PER_WINDOW)]]);
    const cursor = String(PAGES_PER_WINDOW + 1);
    if (isDead) dead.add(cursor);
    const resumed = await runEngine(target, path, { streams });
    expect(resumed.result.outcome).toBe('ok');
    const lists = asked(resumed, /contacts\?.*per_page=\d{2}|contacts\?cursor/);
    expect(lists[0]).toContain(`cursor=${cursor}&`);
    expect(lists.some((url) => !url.includes('cursor='))).toBe(isDead);
    expect(await count()).toEqual([['135']]);
    const next = await runEngine(target, path, { streams });
    expect(asked(next, /contacts\?per_page=2000/)).toEqual([expect.stringContaining('updated_since=')]);
  });
});
