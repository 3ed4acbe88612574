/** The lane `npm run test:audit`, with programs in the place of npm that answer as it does. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../cli/support/run-cli.ts';

const SCRIPT = fileURLToPath(new URL('audit.ts', import.meta.url));

interface Told {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** Runs the lane with an npm that prints this and ends so. */
async function audit(answer: string, code: number): Promise<Told> {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'answer'), answer);
  await writeFile(join(folder.path, 'npm'), `#!/bin/sh\ncat '${folder.path}/answer'\nexit ${code}\n`, {
    mode: 0o755,
  });
  const { status, stdout } = spawnSync(process.execPath, ['--no-warnings', SCRIPT], {
    env: { PATH: [folder.path, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter) },
    encoding: 'utf8',
  });
  return { code: status, lines: stdout.trimEnd().split('\n') };
}

const counts = (high: number, low: number): object => ({
  vulnerabilities: { info: 0, low, moderate: 0, high, critical: 0, total: high + low },
});
const found = (severity: string, fixAvailable: boolean): object => ({
  severity,
  range: '<2.0.0',
  fixAvailable,
});

describe('the audit of production packages', () => {
  it('passes where nothing is known against them', async () => {
    const told = await audit(JSON.stringify({ vulnerabilities: {}, metadata: counts(0, 0) }), 0);
    expect([told.code, told.lines.at(-1)]).toEqual([0, '1 passed, 0 failed']);
  });

  it('passes where only little is known against them', async () => {
    const report = { vulnerabilities: { a: found('low', true) }, metadata: counts(0, 1) };
    const told = await audit(JSON.stringify(report), 1);
    expect([told.code, told.lines.at(-1)]).toEqual([0, '1 passed, 0 failed']);
  });

  it('fails where something grave is, and names it', async () => {
    const report = { vulnerabilities: { protobufjs: found('high', false) }, metadata: counts(1, 0) };
    const told = await audit(JSON.stringify(report), 1);
    expect([told.code, told.lines.at(-1)]).toEqual([1, '0 passed, 1 failed']);
    expect(told.lines[0]).toBe('high: protobufjs <2.0.0, no fix yet');
  });

  it.each([
    ['refuses', JSON.stringify({ message: '405 Method Not Allowed', error: { summary: '' } })],
    ['says nothing', ''],
  ])('is skipped, loudly, where the registry %s', async (_, answer) => {
    const told = await audit(answer, 1);
    expect([told.code, told.lines.at(-1)]).toEqual([0, '0 passed, 0 failed, 1 skipped']);
    expect(told.lines[0]).toMatch(/^SKIPPED: no audit could be had/);
  });
});
