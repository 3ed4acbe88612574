import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TICK_MS } from '../../../src/report/live/block.ts';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';
import { environmentOf } from '../../e2e/support/environment.ts';
import { temporaryFolder } from '../../cli/support/run-cli.ts';
import { playScreen } from '../../cli/support/terminal-screen.ts';
import { SCRIPT, startAtTerminal } from '../../cli/support/terminal.ts';

if (SCRIPT === null)
  process.stderr.write('SKIPPED: the live view at a terminal needs script(1) of util-linux.\n');
const atTerminal = SCRIPT === null ? describe.skip : describe;

atTerminal('the live view at a terminal', () => {
  let slow: Sandbox;

  beforeAll(async () => {
    slow = await startSandbox({ size: 'tiny', seed: 3, latencyMs: 120 });
  });

  afterAll(async () => {
    await slow.close();
  });

  function env(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    return { ...environmentOf(slow), HARVEST_BQ_HARVEST_LIMITS_GENERAL: '100', LANG: 'C.UTF-8', ...more };
  }

  it('is drawn over, never wraps, and leaves only what stays', async () => {
    await using folder = await temporaryFolder();
    const args = ['sync', 'clients', 'users', 'roles', 'cost_rates'];
    const startedAt = performance.now();
    const run = startAtTerminal(args, { cwd: folder.path, env: env() });
    expect(await run.ended).toBe(0);
    const ticks = (performance.now() - startedAt) / TICK_MS;
    const { lines, wrapped, unknown, hidden, drawings, isCursorVisible } = playScreen(run.text(), 80);
    expect({ wrapped, unknown, hidden, isCursorVisible }).toEqual({
      wrapped: [],
      unknown: [],
      hidden: 1,
      isCursorVisible: true,
    });
    expect(drawings).toBeGreaterThan(2);
    expect(drawings).toBeLessThan(ticks + 3);
    expect(run.text()).toContain('API ');
    const left = lines.join('\n');
    expect(left).toMatch(/^harvest-bq .*\n {4}· run .*\n+ {2}stream +fetched/);
    expect(left).not.toMatch(/API \d|waiting|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    expect(left).toContain('\n4 of 4 streams · ');
  }, 30_000);

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'gives the terminal back after %s',
    async (signal, code) => {
      await using folder = await temporaryFolder();
      const run = startAtTerminal(['sync'], { cwd: folder.path, env: env() });
      await run.said('API ');
      run.kill(signal);
      expect(await run.ended).toBe(code);
      const { lines, isCursorVisible, unknown } = playScreen(run.text(), 80);
      expect({ isCursorVisible, unknown }).toEqual({ isCursorVisible: true, unknown: [] });
      const left = lines.join('\n');
      expect(left).toContain('Stopping … (once more to leave at once)');
      expect(left).not.toMatch(/API \d|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
      expect(lines.at(-1)).toContain(`exit ${code} `);
    },
    30_000,
  );

  it('gives the terminal back while it is suspended, and takes it when it goes on', async () => {
    await using folder = await temporaryFolder();
    const run = startAtTerminal(['sync'], { cwd: folder.path, env: env() });
    await run.said('API ');
    run.kill('SIGTSTP');
    await run.said((text) => text.includes('\u001b[?25h'));
    expect(playScreen(run.text(), 80).lines.join('\n')).not.toMatch(/API \d/);
    run.kill('SIGCONT');
    await run.said((text) => text.lastIndexOf('API ') > text.indexOf('\u001b[?25h'));
    run.kill('SIGTERM');
    expect(await run.ended).toBe(143);
    const { hidden, isCursorVisible } = playScreen(run.text(), 80);
    expect({ hidden, isCursorVisible }).toEqual({ hidden: 2, isCursorVisible: true });
  }, 30_000);

  it('gives the terminal back after a defect', async () => {
    await using folder = await temporaryFolder();
    const bomb = `data:text/javascript,const write=process.stderr.write;process.stderr.write=function(text,...rest){if(String(text).includes("API "))setImmediate(()=>{throw new TypeError("a defect")});return write.call(this,text,...rest)}`;
    const run = startAtTerminal(['sync'], { cwd: folder.path, env: env(), node: ['--import', bomb] });
    expect(await run.ended).toBe(1);
    const { lines, isCursorVisible } = playScreen(run.text(), 80);
    expect(isCursorVisible).toBe(true);
    expect(lines.join('\n')).toContain('INTERNAL\n');
    expect(lines.join('\n')).not.toMatch(/API \d/);
  }, 30_000);

  it('follows the size of the window, without colours and UTF-8 where they are not wanted', async () => {
    await using folder = await temporaryFolder();
    const plain = env({ LANG: 'C', NO_COLOR: '1' });
    const run = startAtTerminal(['sync'], { cwd: folder.path, env: plain });
    await run.said('API ');
    const before = run.text().length;
    run.resize(40);
    await run.said((text) => text.slice(before).split('\u001b[J').length > 6);
    const drawn = run.text().slice(before).split('\u001b[J').slice(2, -1);
    run.kill('SIGTERM');
    await run.ended;
    expect(playScreen(drawn.join('\u001b[J'), 40).wrapped).toEqual([]);
    const text = stripVTControlCharacters(drawn.join(''));
    expect(text).toContain('API ');
    expect(text).toMatch(/^[\u0020-\u007e\r\n]*$/);
    const codes = run.text().split('\u001b').slice(1);
    expect(codes.filter((code) => /^\[[\d;]*m/.test(code))).toEqual([]);
  }, 30_000);

  it('is not drawn where lines are asked for, nor on a terminal that cannot do it', async () => {
    for (const [args, more] of [
      [['--progress', 'plain'], {}],
      [[], { TERM: 'dumb' }],
      [[], { CI: 'true' }],
      [['-o', 'jsonl'], {}],
    ] as const) {
      await using folder = await temporaryFolder();
      const run = startAtTerminal(['sync', 'roles', ...args], { cwd: folder.path, env: env(more) });
      expect(await run.ended).toBe(0);
      expect(run.text()).not.toContain('\u001b[?25l');
      expect(run.text()).toContain('✓');
    }
  }, 30_000);
});
