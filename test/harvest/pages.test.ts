import { describe, expect, it } from '@jest/globals';
import { fetchCount, fetchPages } from '../../src/harvest/pages.ts';
import type { ListRequest, Page } from '../../src/harvest/types.ts';
import {
  inTurn,
  json,
  silence,
  startServer,
  text,
  type ScriptedServer,
  type Step,
} from '../support/http-server.ts';
import { failureOf, openBench } from './setup.ts';

const CLIENTS: ListRequest = {
  path: 'clients',
  query: {},
  records: 'clients',
  bucket: 'general',
  stream: 'clients',
};

/** A page as Harvest sends it; in cursor mode the page numbers in mid-list are null. */
function page(ids: readonly number[], next: string | null, total: number | null = 5): Step {
  return json({
    clients: ids.map((id) => ({ id })),
    per_page: 2,
    total_pages: 3,
    total_entries: total,
    next_page: null,
    previous_page: null,
    page: null,
    links: { first: 'f', next, previous: null, last: 'l' },
  });
}

async function readAll(pages: AsyncGenerator<Page, void>): Promise<Page[]> {
  const all: Page[] = [];
  for await (const each of pages) all.push(each);
  return all;
}

/** Pages until the failure, and the failure. */
async function readUntilFailure(
  server: ScriptedServer,
  request = CLIENTS,
): Promise<[number[][], string, string]> {
  await using bench = openBench(server.origin);
  const read: number[][] = [];
  const error = await failureOf(
    (async () => {
      for await (const { records } of fetchPages(bench.client, request)) {
        read.push(records.map(({ id }) => Number(id)));
      }
    })(),
  );
  return [read, error.code, error.message];
}

describe('the pages of a list', () => {
  it.each([
    ['cursors', '/v2/clients?cursor=eyJhIjozfQ&per_page=2000', '/api/v2/clients?cursor=eyJhIjo1fQ'],
    ['page numbers', '/v2/clients?page=2&per_page=2000', '/v2/clients?page=3&per_page=2000'],
  ])('are followed by their links to the end, with %s', async (_kind, second, third) => {
    await using server = await startServer((request, index) => {
      const origin = `http://${request.headers.host}`;
      return [page([9, 8], origin + second), page([7, 6], origin + third), page([5], null)][index] ?? silence;
    });
    await using bench = openBench(server.origin);
    const pages = await readAll(fetchPages(bench.client, { ...CLIENTS, query: { is_active: 'true' } }));
    expect(pages.map(({ records }) => records.map(({ id }) => id))).toEqual([[9, 8], [7, 6], [5]]);
    expect(pages.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(pages[0]).toMatchObject({
      totalEntries: 5,
      totalPages: 3,
      next: server.origin + second,
      last: 'l',
    });
    expect(server.seen.map(({ url }) => url)).toEqual([
      '/v2/clients?per_page=2000&is_active=true',
      second,
      third,
    ]);
  });

  it('can be read in smaller ones, and from a link of an earlier run', async () => {
    await using server = await startServer(inTurn(page([], null, 0)));
    await using bench = openBench(server.origin);
    await readAll(fetchPages(bench.client, { ...CLIENTS, query: { per_page: 50 } }));
    await readAll(fetchPages(bench.client, { ...CLIENTS, from: `${server.origin}/v2/clients?cursor=abc` }));
    expect(server.seen.map(({ url }) => url)).toEqual(['/v2/clients?per_page=50', '/v2/clients?cursor=abc']);
  });

  it('are one page of one record where the body itself is the record', async () => {
    await using server = await startServer(inTurn(json({ name: 'Acme', links: 'none' })));
    await using bench = openBench(server.origin);
    const request: ListRequest = { path: 'company', query: {}, bucket: 'general', stream: 'company' };
    const pages = await readAll(fetchPages(bench.client, request));
    expect(pages).toMatchObject([
      { records: [{ name: 'Acme', links: 'none' }], next: null, totalEntries: 1 },
    ]);
    expect(server.seen[0]?.url).toBe('/v2/company');
  });
});

describe('reading ahead', () => {
  it('goes one page and no further', async () => {
    await using server = await startServer((request, index) =>
      page([100 - index], `http://${request.headers.host}/v2/clients?page=${index + 2}`),
    );
    await using bench = openBench(server.origin);
    const pages = fetchPages(bench.client, CLIENTS);
    await pages.next();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(server.seen).toHaveLength(2);
    await pages.next();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(server.seen).toHaveLength(3);
    await pages.return();
  });

  it('are asked for again where the bytes inside of one record are broken', async () => {
    const good = JSON.stringify({
      clients: [{ id: 1 }, { id: 2, name: 'Zoë' }, { id: 3 }],
      total_entries: 3,
      links: { next: null },
    });
    await using server = await startServer(inTurn(text(good.replace('Zo', 'Z\u0000')), text(good)));
    await using bench = openBench(server.origin);
    const [only, ...more] = await readAll(fetchPages(bench.client, CLIENTS));
    expect([only?.records.map(({ id }) => id), more]).toEqual([[1, 2, 3], []]);
    expect(bench.events).toContainEqual(
      expect.objectContaining({ event: 'request.retried', code: 'HARVEST_BAD_RESPONSE', attempt: 1 }),
    );
  });

  it('fails at the turn of the page that failed, after the good ones', async () => {
    await using server = await startServer((request, index) =>
      index === 0 ? page([9, 8], `http://${request.headers.host}/v2/clients?page=2`) : text('', 403),
    );
    await using bench = openBench(server.origin);
    const pages = fetchPages(bench.client, CLIENTS);
    expect((await pages.next()).done).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await failureOf(pages.next())).code).toBe('HARVEST_FORBIDDEN');
    expect((await pages.next()).done).toBe(true);
  });

  it('ends cleanly when the reader leaves, whatever is in the air', async () => {
    await using server = await startServer((request, index) =>
      index === 0 ? page([9, 8], `http://${request.headers.host}/v2/clients?page=2`) : silence,
    );
    await using bench = openBench(server.origin);
    for await (const { number } of fetchPages(bench.client, CLIENTS)) {
      expect(number).toBe(1);
      break;
    }
    const stopping = new AbortController();
    const second = fetchPages(bench.client, { ...CLIENTS, signal: stopping.signal });
    setTimeout(() => stopping.abort(), 30);
    expect((await failureOf(second.next())).code).toBe('RUN_INTERRUPTED');
  });
});

describe('a list that does not add up', () => {
  it('ends with an error where the links lead in a circle', async () => {
    await using server = await startServer((request, index) =>
      page(
        [9 - 2 * index, 8 - 2 * index],
        `http://${request.headers.host}/v2/clients?page=${2 + (index % 2)}`,
      ),
    );
    const [read, code, message] = await readUntilFailure(server);
    expect([read.length, code]).toEqual([3, 'PAGES_LOOP']);
    expect(message).toContain('Page 3 of clients');
  });

  it('ends with an error where a page is its own successor from the start of a resumed read', async () => {
    await using server = await startServer((request) =>
      page([2, 1], `http://${request.headers.host}${request.url}`),
    );
    const from = `${server.origin}/v2/clients?page=7`;
    const [read, code] = await readUntilFailure(server, { ...CLIENTS, from });
    expect([read.length, code]).toEqual([1, 'PAGES_LOOP']);
  });

  it('ends with an error where a page comes twice under different links', async () => {
    await using server = await startServer((request, index) =>
      page([9, 8], `http://${request.headers.host}/v2/clients?page=${index + 2}`),
    );
    expect(await readUntilFailure(server)).toEqual([
      [[9, 8]],
      'PAGES_LOOP',
      expect.stringContaining('repeats'),
    ]);
  });

  it('never sends the token to another host', async () => {
    await using other = await startServer(inTurn(page([1], null)));
    await using server = await startServer(inTurn(page([9, 8], `${other.origin}/v2/clients?page=2`)));
    const [read, code, message] = await readUntilFailure(server);
    expect([read, code]).toEqual([[[9, 8]], 'PAGES_LOOP']);
    expect(message).toContain(other.origin);
    expect(other.seen).toEqual([]);
  });
});

describe('a page that is not one', () => {
  it.each([
    [
      'without the list',
      { users: [], links: { next: null } },
      'has no list "clients"; it has the keys: users, links',
    ],
    ['with an object for the list', { clients: {}, links: { next: null } }, 'has no list "clients"'],
    [
      'with a record that is none',
      { clients: [{ id: 1 }, 7], links: { next: null } },
      'not an object, number 2',
    ],
    ['with null for a record', { clients: [null], links: { next: null } }, 'not an object, number 1'],
    [
      'without links, short of the total',
      { clients: [{ id: 1 }], total_entries: 2 },
      'which page comes next',
    ],
    ['without links or a total', { clients: [{ id: 1 }] }, 'which page comes next'],
    [
      'with a number for the link',
      { clients: [{ id: 1 }], links: { next: 2 }, total_entries: 1 },
      'which page comes next',
    ],
  ])('%s is a bad answer, not the end', async (_name, body, words) => {
    await using server = await startServer(inTurn(json(body)));
    const [read, code, message] = await readUntilFailure(server);
    expect([read, code]).toEqual([[], 'HARVEST_BAD_RESPONSE']);
    expect(message).toContain(words);
    expect(message).toContain('clients');
  });

  it('is taken as complete without links if it has as many records as it says', async () => {
    await using server = await startServer(inTurn(json({ clients: [{ id: 1 }], total_entries: 1 })));
    await using bench = openBench(server.origin);
    expect(await readAll(fetchPages(bench.client, CLIENTS))).toHaveLength(1);
  });
});

describe('a count', () => {
  it('takes one request for one record', async () => {
    await using server = await startServer((request) =>
      json(
        {
          clients: [{ id: 7 }],
          total_entries: 4711,
          links: { next: 'x', last: `http://${request.headers.host}/last` },
        },
        200,
        { date: 'Fri, 20 Nov 2026 06:00:02 GMT' },
      ),
    );
    await using bench = openBench(server.origin);
    const count = await fetchCount(bench.client, {
      ...CLIENTS,
      query: { from: '2026-01-01', per_page: 2000 },
    });
    expect(count).toEqual({
      total: 4711,
      date: '2026-11-20T06:00:02Z',
      first: { id: 7 },
      last: `${server.origin}/last`,
    });
    expect(server.seen.map(({ url }) => url)).toEqual(['/v2/clients?from=2026-01-01&per_page=1']);
  });

  it('of nothing has no first record', async () => {
    await using server = await startServer(
      inTurn(json({ clients: [], total_entries: 0, links: { next: null, last: null } })),
    );
    await using bench = openBench(server.origin);
    expect(await fetchCount(bench.client, CLIENTS)).toMatchObject({ total: 0, first: null, last: null });
  });

  it('without a number is a bad answer', async () => {
    await using server = await startServer(inTurn(page([1], null, null)));
    await using bench = openBench(server.origin);
    expect((await failureOf(fetchCount(bench.client, CLIENTS))).code).toBe('HARVEST_BAD_RESPONSE');
  });
});
