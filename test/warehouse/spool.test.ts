import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createSpoolFolder } from '../../src/warehouse/spool-folder.ts';
import { Spool } from '../../src/warehouse/spool.ts';

const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('a spool', () => {
  it('holds its rows as NDJSON in their order, numbered on over all files of the folder', async () => {
    await using folder = await createSpoolFolder();
    await using one = await folder.open();
    await using two = await folder.open();
    await one.write([{ a: 'x\ny' }, {}]);
    await two.write([{ a: null, b: ['1'] }]);
    await one.write([{ a: 'z', _seq: 70 }, { a: 'last' }]);
    await Promise.all([one.close(), two.close()]);
    expect(linesOf(one.path)).toEqual([
      { _seq: 1, a: 'x\ny' },
      { _seq: 2 },
      { a: 'z', _seq: 70 },
      { _seq: 4, a: 'last' },
    ]);
    expect(linesOf(two.path)).toEqual([{ _seq: 3, a: null, b: ['1'] }]);
    expect([one.rows, two.rows]).toEqual([4, 1]);
    expect(one.bytes).toBe(statSync(one.path).size);
  });

  it('takes rows as the bytes of their lines among others, and leaves no trace of one that was not written', async () => {
    await using folder = await createSpoolFolder();
    await using spool = await folder.open();
    const { lines } = spool;
    if (lines === undefined) throw new Error('There are no lines');
    const put = (text: string) => (bytes: Buffer, at: number) => at + bytes.write(text, at);
    expect(lines.append(100, put(',"a":1}'))).toBe('full');
    await lines.makeRoom(100);
    expect(lines.append(100, put(',"a":1}'))).toBe('written');
    expect(lines.append(100, (bytes, at) => put(',"half')(bytes, at) * -1)).toBe('refused');
    await spool.write([{ a: 2 }]);
    const most = 300 * 1024;
    expect(lines.append(most, put('}'))).toBe('full');
    await lines.makeRoom(most);
    expect(lines.append(most, put(`,"a":"${'x'.repeat(most - 10)}"}`))).toBe('written');
    expect(lines.append(100, put('}'))).toBe('full');
    await spool.close();
    const rows = linesOf(spool.path);
    expect(rows.slice(0, 2)).toEqual([
      { _seq: 1, a: 1 },
      { _seq: 2, a: 2 },
    ]);
    expect(rows).toHaveLength(3);
    expect([spool.rows, spool.bytes]).toEqual([3, statSync(spool.path).size]);
  });

  it('keeps all rows when many write at once', async () => {
    await using folder = await createSpoolFolder();
    await using spool = await folder.open();
    const rows = Array.from({ length: 500 }, (_, at) => ({ at, text: 'é'.repeat(400) }));
    await Promise.all(Array.from({ length: 8 }, () => spool.write(rows)));
    await spool.close();
    expect(linesOf(spool.path)).toHaveLength(4_000);
    expect(spool.bytes).toBe(statSync(spool.path).size);
  });

  it('is private, and goes with its folder', async () => {
    const folder = await createSpoolFolder();
    const spool = await folder.open();
    await spool.write([{ a: 1 }]);
    await spool.close();
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    expect(statSync(spool.path).mode & 0o777).toBe(0o600);
    const other = await folder.open();
    await other[Symbol.asyncDispose]();
    expect(existsSync(other.path)).toBe(false);
    expect(existsSync(spool.path)).toBe(true);
    await folder[Symbol.asyncDispose]();
    expect(existsSync(folder.path)).toBe(false);
  });

  it('says that the disk is full, again and again, and can still be disposed of', async () => {
    const script = `
      import { createSpoolFolder } from '${new URL('../../src/warehouse/spool-folder.ts', import.meta.url).href}';
      await using folder = await createSpoolFolder();
      await using spool = await folder.open();
      const rows = Array.from({ length: 100 }, () => ({ text: 'x'.repeat(10_000) }));
      for (const _ of [1, 2]) await spool.write(rows).catch((error) => console.log(error.code));
    `;
    const limited = [
      '-c',
      'ulimit -f 100; exec "$0" --no-warnings --input-type=module -e "$1"',
      process.execPath,
      script,
    ];
    const { stdout, stderr } = spawnSync('bash', limited, { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'DISK_FULL\nDISK_FULL\n', stderr: '' });
  });

  it('says that the temporary folder is not there', async () => {
    await expect(Spool.create('/nowhere/at/all.ndjson')).rejects.toMatchObject({
      code: 'WAREHOUSE_UNWRITABLE',
    });
  });
});

describe('the folder of spools', () => {
  it('removes the folders of processes that are gone and leaves all others', async () => {
    await using folder = await createSpoolFolder();
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const named = (pid: number): string =>
      join(dirname(folder.path), basename(folder.path).replace(/-\d+-[^-]+$/, `-${pid}-abcdef`));
    const stale = named(gone);
    const alive = named(process.ppid);
    const foreign = await mkdtemp(join(os.tmpdir(), 'harvest-bq-elsewhere-'));
    const target = await mkdtemp(join(os.tmpdir(), 'spool-target-'));
    try {
      mkdirSync(stale, { recursive: true });
      symlinkSync(target, join(stale, 'link'));
      mkdirSync(alive, { recursive: true });
      await using second = await createSpoolFolder();
      expect(
        [stale, alive, foreign, target, folder.path, second.path].map((path) => existsSync(path)),
      ).toEqual([false, true, true, true, true, true]);
    } finally {
      await Promise.all([alive, foreign, target].map((path) => rm(path, { recursive: true, force: true })));
    }
  });
});
