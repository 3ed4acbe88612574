import { describe, expect, it } from '@jest/globals';
import { cloudFields, parseTraceParent } from '../../src/report/cloud-fields.ts';
import { plainPaint } from '../../src/report/paint.ts';
import { createReporter } from '../../src/report/reporter.ts';
import { PARTIAL_SCRIPT } from '../cli/support/events.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

/** What Cloud Run sets for the first task of an execution, at its second attempt. */
const TASK = {
  CLOUD_RUN_JOB: 'harvest-bq',
  CLOUD_RUN_EXECUTION: 'harvest-bq-7k2pv',
  CLOUD_RUN_TASK_INDEX: '0',
  CLOUD_RUN_TASK_ATTEMPT: '1',
  CLOUD_RUN_TASK_COUNT: '1',
};

describe('the fields that every line carries', () => {
  it('are none outside of Cloud Run', () => {
    expect(cloudFields({ PATH: '/bin', CLOUD_RUN_JOB: '' })).toEqual({});
  });

  it('are the execution, its task and attempt as labels', () => {
    expect(cloudFields(TASK)).toEqual({
      'logging.googleapis.com/labels': {
        job: 'harvest-bq',
        execution: 'harvest-bq-7k2pv',
        task_index: '0',
        task_attempt: '1',
      },
    });
  });

  it.each(['TRACEPARENT', 'traceparent'])('take the trace from %s, under its project', (name) => {
    const env = { GOOGLE_CLOUD_PROJECT: 'acme-data', [name]: `00-${TRACE}-${SPAN}-01` };
    expect(cloudFields(env)).toEqual({
      'logging.googleapis.com/trace': `projects/acme-data/traces/${TRACE}`,
      'logging.googleapis.com/spanId': SPAN,
      'logging.googleapis.com/trace_sampled': true,
    });
  });

  it('leave out a trace whose project is not known', () => {
    expect(cloudFields({ TRACEPARENT: `00-${TRACE}-${SPAN}-01` })).toEqual({});
  });

  it('stand in every line of a run, beside severity, time, message and run', async () => {
    const pieces: string[] = [];
    const reporter = await createReporter({
      kind: 'json',
      level: 'debug',
      progress: true,
      write: (text) => pieces.push(text),
      paint: plainPaint,
      runId: 'r1',
      version: '0.1.0',
      env: { ...TASK, GOOGLE_CLOUD_PROJECT: 'acme-data', TRACEPARENT: `00-${TRACE}-${SPAN}-00` },
    });
    for (const event of PARTIAL_SCRIPT) reporter.emit(event);
    reporter.note('a note');
    reporter.close();
    const lines = pieces.map((piece) => JSON.parse(piece) as Record<string, unknown>);
    expect(lines.length).toBeGreaterThan(PARTIAL_SCRIPT.length);
    for (const line of lines) {
      expect(line).toMatchObject({
        severity: expect.any(String),
        time: expect.any(String),
        message: expect.any(String),
        run_id: 'r1',
        'logging.googleapis.com/labels': { execution: 'harvest-bq-7k2pv' },
        'logging.googleapis.com/trace': `projects/acme-data/traces/${TRACE}`,
        'logging.googleapis.com/trace_sampled': false,
      });
    }
  });
});

describe('a traceparent', () => {
  it.each([
    ['sampled', `00-${TRACE}-${SPAN}-01`, true],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, false],
    ['with other flags', `00-${TRACE}-${SPAN}-03`, true],
    ['of a later version, which may say more', `cc-${TRACE}-${SPAN}-01-what-comes`, true],
    ['with white space around it', ` 00-${TRACE}-${SPAN}-01\n`, true],
  ])('%s is read', (_, text, isSampled) => {
    expect(parseTraceParent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  it.each([
    ['empty', ''],
    ['of the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['with more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
    ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['without a trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['without a span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['cut off', `00-${TRACE}-${SPAN}`],
    ['that tries to break out of the name', `00-${TRACE}/../x-${SPAN}-01`],
  ])('%s is ignored', (_, text) => {
    expect(parseTraceParent(text)).toBeNull();
  });
});
