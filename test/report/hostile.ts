import type { ReportFacts } from '../../src/report/html/facts.ts';
import { failuresOf } from '../../src/report/html/failures.ts';
import { at, freshTable, PARTIAL_FACTS, reportedRun, reportedStream } from './facts.ts';

/** Texts that would like to be more than texts. */
export const HOSTILE = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `'--></style></title><svg onload=alert(1)>`,
  '{{7*7}} ${7*7} &lt; &amp; &#60;',
  'Ж日本語 שלום العربية \u202eevil\u202c 👩‍💻',
  'a\u0000b\u001b[31mc\ud800d',
] as const;

/** Every text of a report, hostile; the messages are very long too. */
export function hostileFacts(): ReportFacts {
  const text = HOSTILE.join(' ');
  const long = `${text}\n${'x'.repeat(5000)}\n${'lang und ohne Ende '.repeat(400)}`;
  const failure = { error_code: text, error_message: long, next_step: long };
  const run = reportedRun({
    ...failure,
    run_id: text,
    command: text,
    outcome: text,
    account: text,
    role: text,
    visibility: 'partial',
    deletions_off: text,
    execution: text,
    version: text,
  });
  const streams = [
    reportedStream(text, [0, 10], { ...failure, rows_fetched: 5, rows_loaded: 5, outcome: 'failed' }),
    reportedStream('short', [2, 1], { outcome: text }),
    { ...reportedStream('none', [0, 0]), started_at: null, outcome: 'skipped', reason: long },
  ];
  return {
    ...PARTIAL_FACTS,
    warehouse: text,
    version: text,
    run,
    streams,
    failures: failuresOf(run, streams),
    verification: {
      run_id: text,
      finished_at: at(1),
      outcome: text,
      differences: 1,
      form: text,
      compared: 1,
      tables: { [text]: 1 },
      left_out: [{ table: text, reason: long }],
    },
    rejects: [{ stream: text, path: text, reason: long, records: 1, example_key: text }],
    deletions: [{ stream: text, how: text, rows: 1 }],
    restatements: [{ stream: text, period_start: text, values: 1 }],
    drift: [
      { stream: text, path: text, types: [text], occurrences: 1, first_seen_at: at(0), last_seen_at: null },
    ],
    freshness: [freshTable(text, { last_error: text, last_outcome: text })],
    runs: [run, reportedRun({ command: text, outcome: text, error_code: text, run_id: text })],
  };
}
