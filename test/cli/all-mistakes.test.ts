import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { say, type Said } from './support/in-process.ts';
import { temporaryFolder } from './support/run-cli.ts';

const now = new Date('2026-11-29T12:00:00Z');

async function check(text: string, env: Readonly<Record<string, string>> = {}): Promise<Said> {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'harvest-bq.yaml'), text);
  // awaited here, since the folder goes at the end of this block
  return await say('status', { cwd: folder.path, env, now });
}

const HARVEST = 'version: 1\nharvest: { account_id: 1, access_token: "${TOKEN}" }\n';

describe('streams and columns that are not there', () => {
  it('are told together with settings that are wrong and variables that are missing', async () => {
    const text = `${HARVEST}sync: { overlap: two, history: [klients] }
streams:
  include: [klients]
  overrides: { time_entries: { columns: { exclude: [note] } } }
`;
    const { error } = await check(text);
    expect(error?.code).toBe('CONFIG_INVALID');
    const lines = error?.message.split('\n') ?? [];
    expect(lines[0]).toBe('5 problems in harvest-bq.yaml');
    for (const [place, path, said] of [
      ['2:41', 'harvest.access_token', 'uses ${TOKEN}, which is not set'],
      ['3:9', 'sync.overlap', 'is "two"'],
      ['3:33', 'sync.history[0]', 'klients'],
      ['5:13', 'streams.include[0]', 'clients'],
      ['6:53', 'streams.overrides.time_entries.columns.exclude[0]', 'notes'],
    ] as const)
      expect(lines.find((line) => line.includes(`${place} `) && line.includes(` ${path} `))).toContain(said);
  });

  it('are told once where nothing else is wrong', async () => {
    const { error } = await check(`${HARVEST}streams: { include: [klients] }\n`, { TOKEN: 'a-token' });
    expect(error?.message.split('\n')[0]).toContain('1 problem in ');
  });

  it('are not looked for in what is no list of streams', async () => {
    const { error } = await check(`${HARVEST}streams: { include: { klients: 1 } }\n`, { TOKEN: 'a-token' });
    expect([error?.code, error?.message.split('\n')[0]]).toEqual([
      'CONFIG_INVALID',
      '1 problem in harvest-bq.yaml',
    ]);
  });

  it('do not change what is said of a variable that is missing, where all of them are there', async () => {
    const { error } = await check(`${HARVEST}streams: { include: [clients] }\n`);
    expect(error).toMatchObject({
      code: 'CONFIG_ENV_MISSING',
      message: expect.stringMatching(/^harvest-bq.yaml:2:41 uses \$\{TOKEN\}, which is not set\n/),
    });
  });
});
