import { describe, expect, it } from '@jest/globals';
import { failuresOf } from '../../src/report/html/failures.ts';
import { html } from '../../src/report/html/markup.ts';
import { reportPage } from '../../src/report/html/page.ts';
import { reportText } from '../../src/report/report-text.ts';
import { worstFirst } from '../../src/report/worst-first.ts';
import { expectGolden } from '../support/golden.ts';
import { EMPTY_FACTS, FIRST_FACTS, PARTIAL_FACTS, reportedRun, reportedStream } from './facts.ts';
import { HOSTILE, hostileFacts } from './hostile.ts';

describe('a template of HTML', () => {
  it('escapes what stands in it, and takes markup as it is', () => {
    const parts = [html`<b>${"it's"}</b>`, 1, null, undefined, 'x<y'];
    // prettier-ignore
    const { text } = html`<p title="${'"a" & <b>'}">${parts}</p>`;
    expect(text).toBe('<p title="&quot;a&quot; &amp; &lt;b&gt;"><b>it&#39;s</b>1x&lt;y</p>');
  });

  it('replaces what HTML does not allow', () => {
    expect(html`${'a\u0000b\u001bc\ud800d\n\te'}`.text).toBe('a\ufffdb\ufffdc\ufffdd\n\te');
  });
});

describe('the page of a report', () => {
  it('is what people see', () => {
    expectGolden('test/golden/report/partial.html.txt', reportPage(PARTIAL_FACTS));
  });

  it('says how to begin where there was no run', () => {
    const page = reportPage(EMPTY_FACTS);
    expect(page).toContain('<code>harvest-bq sync</code>');
    expect(page).not.toContain('id="timeline"');
  });

  it('says of a run without streams what it was', () => {
    const page = (facts: Parameters<typeof reportedRun>[0]): string =>
      reportPage({ ...EMPTY_FACTS, run: reportedRun(facts) });
    const crashed = page({ outcome: 'crashed', exit_code: null, seconds: null });
    expect(crashed).toContain('What it had stored until then stays.');
    expect(crashed).not.toContain('Rows fetched</dt>');
    expect(page({ command: 'verify', verified: 'equal' })).toContain('The tables equal Harvest.');
    const differs = page({
      command: 'verify',
      outcome: 'failed',
      exit_code: 8,
      verified: 'differs',
      differences: 2,
    });
    expect(differs).toContain('2 differences from Harvest');
    expect(page({ outcome: 'failed', exit_code: 4 })).toContain('It ended before it read a stream.');
  });

  it('has no section of failures where nothing failed', () => {
    const page = reportPage(FIRST_FACTS);
    expect(page).not.toContain('What failed');
    expect(page).toContain('1 of 1 stream stored');
  });

  it('turns no text into more than text', () => {
    const page = reportPage(hostileFacts());
    expect(page).not.toMatch(/<(script|img|iframe|a href="(?!#))/i);
    expect(page.match(/<style/g)).toHaveLength(1);
    expect(page.match(/<title>/g)?.length).toBeGreaterThan(1);
    expect(page).not.toMatch(/<[^>]* on\w+=(?![^<]*&)/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page.isWellFormed()).toBe(true);
    expect(HOSTILE.filter((text) => page.includes(text))).toEqual([HOSTILE[4]]);
  });

  it('stays small for many runs, streams and long messages', () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      reportedStream(`stream_${index}`, [index, index + 5], {
        outcome: 'failed',
        error_code: 'INTERNAL',
        error_message: `${index} ${'m'.repeat(100_000)}`,
      }),
    );
    const run = reportedRun({ outcome: 'failed' });
    const page = reportPage({ ...PARTIAL_FACTS, run, streams: many, failures: failuresOf(run, many) });
    expect(page.length).toBeLessThan(1_500_000);
  });

  it('has a run whose times are upside down, or not known', () => {
    const run = reportedRun({ started_at: '', finished_at: null, seconds: null, outcome: 'unheard of' });
    const streams = [reportedStream('users', [9, 3]), reportedStream('roles', [1, 2], { finished_at: null })];
    const page = reportPage({ ...PARTIAL_FACTS, run, streams });
    expect(page).not.toMatch(/NaN|Infinity|undefined|Invalid/);
    expect(page).toContain('unheard of');
  });
});

describe('a report on the screen', () => {
  it('is short', () => {
    const screens = [PARTIAL_FACTS, FIRST_FACTS, EMPTY_FACTS].map(reportText);
    expectGolden('test/golden/screens/report.txt', `${screens.join('\n\n')}\n`);
  });
});

describe('the failures of a run', () => {
  const failed = { outcome: 'failed', error_code: 'HARVEST_UNAVAILABLE', error_message: 'No answer' };

  it('are told once where several streams have the same, that of the run first', () => {
    const streams = ['a', 'b'].map((name) => reportedStream(name, [0, 1], failed));
    const own = reportedRun({
      error_code: 'RUN_TIMEOUT',
      error_message: 'Too late',
      next_step: 'Run again.',
    });
    expect(failuresOf(own, streams).map(({ code, streams: of }) => [code, of])).toEqual([
      ['RUN_TIMEOUT', []],
      ['HARVEST_UNAVAILABLE', ['a', 'b']],
    ]);
  });

  it('have a next step though an older version noted only the code, or a newer one another code', () => {
    for (const code of ['HARVEST_UNAVAILABLE', 'FROM_THE_FUTURE', 'toString']) {
      const [failure] = failuresOf(reportedRun({ error_code: code }), []);
      expect(failure?.code).toBe(code);
      expect(failure?.message.length).toBeGreaterThan(5);
      expect(failure?.next_step.length).toBeGreaterThan(5);
    }
  });
});

it('streams that failed come first, then those that never came, those with rejects, the oldest; skipped ones last', () => {
  const state = (last_outcome: string | null, rejects_7d = 0, age_seconds = 60) => ({
    last_outcome,
    rejects_7d,
    age_seconds,
  });
  const inOrder = [
    state('failed'),
    state(null),
    state('ok', 1),
    state('ok', 0, 90),
    state('ok'),
    state('skipped', 0, 900),
  ];
  expect(inOrder.toReversed().toSorted(worstFirst)).toEqual(inOrder);
});
