/** No value of a column that is left out or hashed may stand, in plain, in anything that a run writes. */
import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../../src/config/secret.ts';
import { runEngine } from '../../support/engine.ts';
import { openOffice } from '../../support/office.ts';
import { startPlanting, wordsIn } from '../../support/planting.ts';
import { tableNames, withFile } from '../../support/tables.ts';

/** What this process has written into temporary folders: spool files, what DuckDB puts there. */
function temporaryTexts(): string {
  const folders = readdirSync(tmpdir()).filter((name) => name.includes(`-${process.pid}-`));
  const texts: string[] = [];
  const read = (path: string): void => {
    try {
      if (!statSync(path).isDirectory()) texts.push(readFileSync(path, 'latin1'));
      else for (const name of readdirSync(path)) read(join(path, name));
    } catch {
      // it went while it was looked at
    }
  };
  for (const name of folders) read(join(tmpdir(), name));
  return texts.join('\n');
}

/** Every table with each row as text. */
async function tables(path: string): Promise<string> {
  const names = await tableNames(path);
  return withFile(path, async (rows) => {
    const texts = await Promise.all(
      names.map((name) => rows(`SELECT '${name}', CAST(to_json(t) AS VARCHAR) FROM "${name}" AS t`)),
    );
    return JSON.stringify(texts);
  });
}

describe('a value that is not chosen', () => {
  it('stands nowhere: not in tables, histories, rejects, drift, temporary files, the log of the file, events or results', async () => {
    await using office = await openOffice();
    await using planting = await startPlanting(office.sandbox);
    const { faults } = office.sandbox;
    for (const [path, field] of [
      ['clients', 'is_active'],
      ['users', 'weekly_capacity'],
      ['invoices', 'amount'],
      ['time_entries', 'hours'],
    ] as const) {
      const match = `/v2/${path}\\?`;
      faults.add({ match, do: 'malformed', field, value: 'no such value', times: 2 });
      faults.add({ match, do: 'malformed', field: 'novelty', value: 'ZZ0123456789acZZ', times: 0 });
    }
    const history = ['users', 'clients', 'invoices', 'contacts', 'time_entries'];
    const config = {
      sync: { hashKey: new Secret('k3y', 'test'), history },
      streams: { overrides: planting.overrides },
    };
    const inPassing = new Set<string>();
    let spooled = 0;
    const look = (content: string): void => {
      for (const word of wordsIn(content)) inPassing.add(word);
    };
    const onEvent = ({ event }: { readonly event: string }): void => {
      if (event === 'rows.staged') {
        const seen = temporaryTexts();
        spooled = Math.max(spooled, seen.length);
        look(seen);
      }
      const log = `${office.path}.wal`;
      if (event === 'stream.finished' && existsSync(log)) look(readFileSync(log, 'latin1'));
    };
    const runs = [
      await runEngine(planting.target, office.path, { config, onEvent }),
      await runEngine(planting.target, office.path, { config, onEvent, fullRefresh: true }),
    ];
    expect(runs.map(({ result }) => result.outcome)).toEqual(['ok', 'ok']);
    expect(runs[0]?.result.totals.rejected).toBeGreaterThan(0);
    expect(planting.words.size).toBeGreaterThan(200);
    expect(spooled).toBeGreaterThan(1000);
    const stored = await tables(office.path);
    expect(stored).toContain('novelty');
    const hashes = [...planting.words].filter((word) =>
      stored.includes(createHmac('sha256', 'k3y').update(word).digest('hex')),
    );
    expect(hashes.length).toBeGreaterThan(50);
    expect([...inPassing]).toEqual([]);
    expect(wordsIn(stored)).toEqual([]);
    expect(wordsIn(JSON.stringify(runs))).toEqual([]);
    expect(wordsIn(readFileSync(office.path, 'latin1'))).toEqual([]);
  }, 60_000);
});
