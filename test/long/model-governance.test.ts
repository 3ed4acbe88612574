/** The model would see it: what it asks of governed tables fails when somebody breaks it by hand. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../support/engine.ts';
import { byHand } from '../verify/bench.ts';
import { assertEqual } from '../model/property.ts';
import { assertRestated, readReports } from '../model/restated.ts';
import { quietSync } from '../model/runs.ts';
import { settingsOf } from '../model/settings.ts';
import { duckDbStore } from '../model/store.ts';
import { openWorld, type World } from '../model/world.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
let world: World;

beforeAll(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'model.duckdb');
  world = await openWorld(settingsOf('governed'), 5, duckDbStore(path), () => undefined);
  world.memory.note();
  await quietSync(world);
}, 60_000);
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** What the property says while a statement holds; another one takes it back. */
async function problemsAfter(statement: string, undo: string): Promise<string> {
  await byHand(path, [statement]);
  const said = await assertEqual(world, true).then(
    () => 'nothing',
    (error: Error) => error.message,
  );
  await byHand(path, [undo]);
  return said;
}

describe('what is asked of governed tables', () => {
  it('holds, and each part of it can fail', async () => {
    await assertEqual(world, true);
    const first = 'id = (SELECT min(id) FROM tasks)';
    expect(
      await problemsAfter(
        `UPDATE tasks_history SET is_default = NOT is_default WHERE ${first}`,
        `UPDATE tasks_history SET is_default = NOT is_default WHERE ${first}`,
      ),
    ).toMatch(/tasks_history #\d+\.is_default is (?:true|false), its row says/);
    expect(
      await problemsAfter(
        `UPDATE tasks_history SET _valid_to = _valid_from WHERE ${first}`,
        `UPDATE tasks_history SET _valid_to = NULL WHERE ${first}`,
      ),
    ).toMatch(/tasks_history #\d+ has no open version/);
    world.settings = {
      ...world.settings,
      columns: { tasks: { include: null, exclude: ['name'], hash: [] } },
    };
    expect(await problemsAfter('SELECT 1', 'SELECT 1')).toMatch(/tasks #\d+\.name is .*, but switched off/);
    world.settings = { ...world.settings, columns: {} };
    world.erased.push({ kind: 'user', id: '1' });
    expect(await problemsAfter('SELECT 1', 'SELECT 1')).toContain('there is no tombstone of user 1');
    world.erased.pop();
    world.buried.push('Zq1x');
    expect(
      await problemsAfter(
        `INSERT INTO _schema_drift (stream, path, type_seen) VALUES ('users', 'zq1X', 'string')`,
        `DELETE FROM _schema_drift WHERE path = 'zq1X'`,
      ),
    ).toContain('_schema_drift tells of someone who was erased');
    world.buried.pop();
    await assertEqual(world, true);
  });

  it('is that restatements are what a run changed in the reports, no more and no less', async () => {
    const before = await readReports(world);
    const run = world.lastRun;
    if (run === null) throw new Error('nothing ran');
    await assertRestated(world, before, run);
    await byHand(path, ['UPDATE time_team SET total_hours = total_hours + 1']);
    await expect(assertRestated(world, before, run)).rejects.toThrow(/not noted: time_team\|.*total_hours: /);
    await byHand(path, ['UPDATE time_team SET total_hours = total_hours - 1']);
    const noted = `'time_team', DATE '2026-03-01', '1', '', 'total_hours', '1', '2', '${run.result.run_id}'`;
    const columns =
      'stream, period_start, entity_id, currency, column_name, value_before, value_after, run_id';
    await byHand(path, [`INSERT INTO _restatements (${columns}) VALUES (${noted})`]);
    await expect(assertRestated(world, before, run)).rejects.toThrow('noted, but it did not change');
  });
});
