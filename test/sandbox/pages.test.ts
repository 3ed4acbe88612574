import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { ask, ids, link, readAll, recordsOf, start, walk } from './ask.ts';

const CURSOR = [
  'clients', 'contacts', 'estimate_item_categories', 'expense_categories', 'invoice_item_categories', 'projects', 'roles',
  'tasks', 'task_assignments', 'user_assignments', 'users',
]; // prettier-ignore
const OFFSET = ['time_entries', 'expenses', 'invoices', 'estimates'];

describe('the sandbox’s pages', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await start();
  });
  afterAll(() => sandbox.close());

  it.each([...CURSOR, ...OFFSET])(
    'give every record of %s once, in the order of the truth',
    async (stream) => {
      const truth = [...sandbox.account.truth(stream)];
      expect(await readAll(sandbox, `${stream}?per_page=7`)).toEqual(truth);
      expect(await readAll(sandbox, stream)).toEqual(truth);
    },
  );

  it('walk cursor lists by key, with page numbers on the first and last page only', async () => {
    const pages = await walk(sandbox, 'task_assignments?per_page=10');
    const middle = pages.slice(1, -1);
    expect(middle.length).toBeGreaterThan(1);
    for (const page of middle) {
      expect(page).toMatchObject({ page: null, next_page: null, previous_page: null, per_page: 10 });
    }
    expect(pages[0]).toMatchObject({ page: 1, next_page: 2, previous_page: null });
    expect(pages.at(-1)).toMatchObject({
      page: pages.length,
      next_page: null,
      previous_page: pages.length - 1,
    });
    const cursor = new URL(link(pages[0] ?? {}, 'next') ?? '').searchParams.get('cursor') ?? '';
    const last = recordsOf(pages[0] ?? {}).at(-1);
    expect(JSON.parse(Buffer.from(cursor, 'base64').toString())).toEqual({ after: { id: last?.['id'] } });
  });

  it('lead back through links.previous', async () => {
    const pages = await walk(sandbox, 'task_assignments?per_page=10');
    const back = await ask(sandbox, link(pages[2] ?? {}, 'previous') ?? '');
    expect(recordsOf(back.body)).toEqual(recordsOf(pages[1] ?? {}));
  });

  it('still understand page numbers on cursor lists', async () => {
    const pages = await walk(sandbox, 'task_assignments?per_page=10');
    const second = await ask(sandbox, 'task_assignments?per_page=10&page=2');
    expect(second.body['page']).toBe(2);
    expect(recordsOf(second.body)).toEqual(recordsOf(pages[1] ?? {}));
    const both = await ask(
      sandbox,
      `${link(pages[1] ?? {}, 'next')?.replace(sandbox.baseUrl + '/', '') ?? ''}&page=1`,
    );
    expect(recordsOf(both.body)).toEqual(recordsOf(pages[2] ?? {}));
  });

  it('number offset lists from start to end', async () => {
    const pages = await walk(sandbox, 'time_entries?per_page=90');
    expect(pages.map((page) => page['page'])).toEqual([1, 2, 3]);
    expect(pages.map((page) => page['next_page'])).toEqual([2, 3, null]);
    expect(pages.map((page) => page['previous_page'])).toEqual([null, 1, 2]);
    expect(pages[1]).toMatchObject({ total_entries: 200, total_pages: 3, per_page: 90 });
  });

  it('default to 2000 a page, and 100 for invoices', async () => {
    expect((await ask(sandbox, 'clients')).body['per_page']).toBe(2000);
    expect((await ask(sandbox, 'invoices')).body['per_page']).toBe(100);
  });

  it('refuse more than 2000 a page', async () => {
    for (const path of ['clients?per_page=2001', 'time_entries?per_page=2001', 'clients?per_page=0']) {
      const reply = await ask(sandbox, path);
      expect([reply.status, reply.body]).toEqual([422, { message: 'Invalid per_page parameter' }]);
    }
    expect((await ask(sandbox, 'clients?cursor=nonsense')).status).toBe(422);
  });

  it('keep every other parameter in their links, which use the host that was asked', async () => {
    const reply = await ask(sandbox, 'time_entries?per_page=3&from=2025-07-01&to=2026-03-31');
    expect(link(reply.body, 'next')).toBe(
      `${sandbox.baseUrl}/time_entries?from=2025-07-01&page=2&per_page=3&to=2026-03-31`,
    );
    const named = await fetch(sandbox.baseUrl.replace('127.0.0.1', 'localhost') + '/clients?per_page=1', {
      headers: {
        authorization: `Bearer ${sandbox.tokens.administrator}`,
        'harvest-account-id': sandbox.accountId,
        'user-agent': 'Test (t@example.com)',
      },
    });
    expect(link((await named.json()) as Record<string, unknown>, 'next')).toContain('http://localhost:');
  });

  it('show the first page of messages under /api/v2, which works', async () => {
    const [message] = sandbox.account.truth('invoice_messages');
    const reply = await ask(sandbox, `invoices/${String(message?.['invoice_id'])}/messages`);
    const first = link(reply.body, 'first') ?? '';
    expect(new URL(first).pathname).toMatch(/^\/api\/v2\/invoices\//);
    expect(recordsOf((await ask(sandbox, first)).body)).toEqual(recordsOf(reply.body));
  });

  it('neither lose nor repeat a row of a cursor list that changes meanwhile', async () => {
    const before = ids(await readAll(sandbox, 'contacts'));
    const first = await ask(sandbox, 'contacts?per_page=2');
    const [client] = sandbox.account.truth('clients');
    const body = { client_id: client?.['id'], first_name: 'New', last_name: 'Person' };
    const added = sandbox.account.create('contacts', body);
    const cursorRow = recordsOf(first.body).at(-1);
    sandbox.account.remove('contacts', Number(cursorRow?.['id']));
    const rest = await readAll(sandbox, link(first.body, 'next') ?? '');
    expect([...ids(recordsOf(first.body)), ...ids(rest)]).toEqual(before);
    sandbox.account.remove('contacts', added);
  });

  it('skip a row of an offset list when one ahead of the page goes', async () => {
    await using own = await start();
    const before = ids(own.account.truth('time_entries'));
    const first = await ask(own, 'time_entries?per_page=50');
    own.account.remove('time_entries', before[0] ?? 0);
    const rest = await readAll(own, link(first.body, 'next') ?? '');
    expect(ids(rest)).toEqual(before.slice(51));
  });
});
