import { describe, expect, it } from '@jest/globals';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { environmentOf } from '../../e2e/support/environment.ts';
import { runCli, temporaryFolder } from '../../cli/support/run-cli.ts';
import { playScreen } from '../../cli/support/terminal-screen.ts';
import { SCRIPT, startAtTerminal } from '../../cli/support/terminal.ts';

if (SCRIPT === null) process.stderr.write('SKIPPED: status --watch needs script(1) of util-linux.\n');
const atTerminal = SCRIPT === null ? describe.skip : describe;

describe('status --watch', () => {
  it('is refused without a terminal, and for a document', async () => {
    await using folder = await temporaryFolder();
    const run = await runCli(['status', '--watch'], { cwd: folder.path });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('--watch draws on a terminal');
  }, 30_000);
});

atTerminal('status --watch at a terminal', () => {
  it('looks again, lets a run in between, and leaves the newest screen on Ctrl-C', async () => {
    await using sandbox = await startSandbox({ size: 'tiny', seed: 3 });
    await using folder = await temporaryFolder();
    const at = { cwd: folder.path, env: { ...environmentOf(sandbox), LANG: 'C.UTF-8' } };
    await runCli(['sync', 'roles', '--run-id', 'first'], at);
    const watched = startAtTerminal(['status', 'roles', 'clients', '--watch'], at);
    await watched.said('Ctrl-C ends');
    expect(watched.text()).toContain('last run first');
    expect((await runCli(['sync', 'clients', '--run-id', 'second'], at)).code).toBe(0);
    await watched.said('last run second');
    watched.kill('SIGINT');
    expect(await watched.ended).toBe(0);
    const { lines, wrapped, unknown, isCursorVisible } = playScreen(watched.text(), 80);
    expect({ wrapped, unknown, isCursorVisible }).toEqual({
      wrapped: [],
      unknown: [],
      isCursorVisible: true,
    });
    expect(lines[0]).toMatch(/^\S+ · last run second, \d+ s ago, ok · no lock$/);
    expect(lines.filter((line) => /^ {2}clients /.test(line))).toHaveLength(1);
    expect(lines.join('\n')).not.toMatch(/Ctrl-C ends|Stopping/);
  }, 60_000);
});
