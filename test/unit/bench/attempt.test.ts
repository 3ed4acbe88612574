import { describe, expect, it } from '@jest/globals';
import { attempt, linesOr, reasonOfProcess } from '../../bench/support/attempt.ts';
import { runMeasured } from '../../bench/support/measured.ts';
import { noted } from '../../bench/support/result.ts';

const FILL_THE_HEAP = 'const kept = []; for (;;) kept.push({ some: kept.length });';

function node(...args: readonly string[]): () => Promise<never> {
  return async () => {
    const { stdout } = await runMeasured(process.execPath, args);
    throw new Error(`ended well: ${stdout}`);
  };
}

describe('a run that breaks', () => {
  it('is a line with the reason, and the other lines stay', async () => {
    const said: string[] = [];
    const say = (text: string): number => said.push(text);
    const lines = [
      ...(await linesOr('small', 'missed', say, async () => [noted('small', '1 s')])),
      ...(await linesOr('little heap', 'missed', say, node('--max-old-space-size=8', '-e', FILL_THE_HEAP))),
      ...(await linesOr(
        'dlt',
        'skipped',
        say,
        node('-e', 'console.error("no such module"); process.exit(3)'),
      )),
    ];
    expect(lines).toEqual([
      { what: 'small', figure: '1 s', goal: '', verdict: 'noted' },
      { what: 'little heap', figure: 'ran out of heap', goal: '', verdict: 'missed' },
      { what: 'dlt', figure: 'ended with 3: no such module', goal: '', verdict: 'skipped' },
    ]);
    expect(said.map((text) => text.split('\n')[0])).toEqual([
      expect.stringContaining('ended with SIGABRT'),
      expect.stringContaining('ended with 3'),
    ]);
  });

  it('is told by the code of its error where it printed one', () => {
    const printed = '{ "ok": false, "error": { "code": "HARVEST_UNREACHABLE", "message": "…" } }';
    expect(reasonOfProcess(4, printed, '{"severity":"ERROR"}\n')).toBe('ended with 4: HARVEST_UNREACHABLE');
    expect(reasonOfProcess('SIGKILL', '', '')).toBe('ended with SIGKILL');
  });

  it('takes no more than a line', async () => {
    const long = `3 rows were read\n${'of many '.repeat(40)}`;
    const found = await attempt(
      () => undefined,
      () => Promise.reject(new Error(long)),
    );
    expect(found).toEqual({ broken: expect.stringMatching(/^3 rows were read of many .{90,}…$/) });
  });
});
