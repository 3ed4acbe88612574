import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';
import { BIN, temporaryFolder } from '../../cli/support/run-cli.ts';
import { SCRIPT } from '../../cli/support/terminal.ts';

// a machine without script(1) has no terminal to give away; the questions themselves are tested without one
const atTerminal = SCRIPT === null ? describe.skip : describe;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3 });
});

afterAll(async () => {
  await sandbox.close();
});

/** The built program at a terminal, with somebody who types. */
function start(flags: string, cwd: string) {
  // script gives a terminal without a size, which the program has to bear
  const command = `exec '${process.execPath}' '${BIN}' init ${flags}`;
  const child = spawn(SCRIPT ?? 'script', ['-qfec', command, '/dev/null'], {
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: cwd,
      TERM: 'xterm',
      SHELL: '/bin/sh',
      HARVEST_BQ_HARVEST_BASE_URL: sandbox.baseUrl,
      HARVEST_BQ_HARVEST_IDENTITY_URL: sandbox.identityUrl,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  return {
    text: () => text,
    answer: async (question: string, keys: string) => {
      for (let waited = 0; !text.includes(question); waited += 20) {
        if (waited > 10_000) {
          child.kill();
          throw new Error(`not asked: ${question}, but: ${text}`);
        }
        await sleep(20);
      }
      child.stdin.write(keys);
    },
    ended: new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    }),
  };
}

const FLAGS =
  '--connector acme --destination duckdb --path a.duckdb --start-date 2020-01-01 --streams clients --personal keep --commercial keep';

atTerminal('init at a terminal', () => {
  it('asks, hides the token, and writes the file', async () => {
    await using folder = await temporaryFolder();
    const talk = start(FLAGS, folder.path);
    await talk.answer('Harvest access token', `${sandbox.tokens.administrator}\r`);
    await talk.answer('Where should the token live?', '\r');
    await talk.answer('Write config/harvest-bq.yaml?', '\r');
    expect(await talk.ended).toBe(0);
    expect(talk.text()).not.toContain(sandbox.tokens.administrator);
    expect(talk.text()).toContain('Next');
    expect(await readFile(join(folder.path, 'config/harvest-bq.yaml'), 'utf8')).toContain('version: 1');
  });

  it('left with Ctrl-C ends with 130, has written nothing, and gives the cursor back', async () => {
    await using folder = await temporaryFolder();
    const talk = start(FLAGS, folder.path);
    await talk.answer('Harvest access token', '\u0003');
    expect(await talk.ended).toBe(130);
    expect(talk.text()).toContain('Stopped before the configuration was written.');
    expect(talk.text().lastIndexOf('\u001b[?25h')).toBeGreaterThan(talk.text().lastIndexOf('\u001b[?25l'));
    expect(await readdir(folder.path)).toEqual([]);
  });
});
