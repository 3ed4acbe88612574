import { describe, expect, it } from '@jest/globals';
import { runEngine, temporaryFolder, type Target } from '../support/engine.ts';
import { json, startServer, type ScriptedServer } from '../support/http-server.ts';
import { resultOf } from '../support/office.ts';
import { withFile } from '../support/tables.ts';

/**
 * A Harvest whose plain list of task assignments leaves out the archived ones. Those have two pages by number, and one more
 * goes while they are read for the first time. `isNumbered`: the plain list has two pages by number as well.
 */
function startAssignments(isNumbered: boolean): Promise<ScriptedServer> {
  let archived = [11, 12, 13, 14];
  const record = (id: number, isActive: boolean): unknown => ({
    id,
    is_active: isActive,
    updated_at: '2025-05-05T05:05:05Z',
  });
  return startServer(({ url, headers }) => {
    const query = new URL(url, 'http://x').searchParams;
    if (url.includes('/users/me')) return json({ id: 1, first_name: 'Ada', access_roles: ['administrator'] });
    if (url.includes('/company')) return json({ name: 'Paper & Sons' });
    const isArchived = query.get('is_active') === 'false';
    const ids = isArchived ? archived : [1, 2, 3, 4];
    const page = Number(query.get('page') ?? 1);
    const size = query.get('per_page') === '1' ? 1 : isArchived || isNumbered ? 2 : 4;
    const shown = ids.slice((page - 1) * size, page * size);
    const rest = url.replace(/[&?]page=\d+/, '');
    const next = page * size < ids.length ? `http://${headers.host}${rest}&page=${page + 1}` : null;
    const body = {
      task_assignments: shown.map((id) => record(id, !isArchived)),
      total_entries: ids.length,
      total_pages: Math.ceil(ids.length / size),
      links: { next },
    };
    if (isArchived && size === 2 && page === 1) archived = archived.filter((id) => id !== 11);
    return json(body);
  });
}

describe('a first load of a list that leaves something out', () => {
  it.each([
    ['a plain list without further pages', false],
    ['a plain list of pages by number', true],
  ])('has everything, though what is hidden moved while it was read: %s', async (_name, isNumbered) => {
    await using server = await startAssignments(isNumbered);
    await using folder = await temporaryFolder();
    const path = `${folder.path}/test.duckdb`;
    const target: Target = {
      baseUrl: `${server.origin}/v2`,
      identityUrl: server.origin,
      accountId: 1,
      token: 'x',
    };
    const run = await runEngine(target, path, { streams: ['task_assignments'] });
    expect(resultOf(run, 'task_assignments').outcome).toBe('ok');
    expect(run.events.filter(({ event }) => event === 'window.moved').length).toBeGreaterThan(0);
    const ids = await withFile(path, (rows) => rows('SELECT id FROM task_assignments ORDER BY id'));
    const windows = run.events.flatMap((event) => (event.event === 'window.chosen' ? [event.mode] : []));
    expect(windows).toEqual(['first load']);
    expect(ids.flat()).toEqual(['1', '2', '3', '4', '12', '13', '14']);
  });
});
