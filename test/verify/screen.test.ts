import { describe, expect, it } from '@jest/globals';
import { summaryText } from '../../src/report/summary.ts';
import { verificationText } from '../../src/report/verification-text.ts';
import type { Difference, Verification } from '../../src/verification.ts';
import { PARTIAL_RUN } from '../cli/support/events.ts';
import { expectGolden } from '../support/golden.ts';

const difference = (parts: Partial<Difference>): Difference => ({
  kind: 'cell',
  cause: 'differs',
  table: 'time_entries',
  month: null,
  group: null,
  key: null,
  column: null,
  ours: null,
  harvest: null,
  ...parts,
});

const FOUND: readonly Difference[] = [
  difference({ kind: 'count', column: 'rows', ours: '18411', harvest: '18412' }),
  difference({ kind: 'missing', month: '2026-10', key: '884210331' }),
  difference({
    kind: 'sum',
    month: '2026-10',
    group: 'client 5735774 EUR',
    column: 'total_hours',
    ours: '120.25',
    harvest: '122.75',
  }),
  difference({
    kind: 'balance',
    table: 'invoices',
    key: '13150378',
    column: 'amount - due_amount',
    ours: '100',
    harvest: 'payments 90',
  }),
  difference({
    month: '2026-09',
    key: '884209874',
    column: 'cost_rate',
    ours: '50',
    harvest: '55',
    cause: 'lag',
  }),
  difference({ kind: 'missing', month: '2026-11', key: '884210400', cause: 'changed' }),
];

const DIFFERS: Verification = {
  form: 'quick',
  outcome: 'differs',
  differences: 27,
  changed: 1,
  lagging: 1,
  compared: 2497,
  tables: { time_entries: 26, invoices: 1 },
  found: FOUND,
  left_out: [{ table: 'estimates', reason: 'estimates are switched off in Harvest' }],
};

const EQUAL: Verification = {
  form: 'full',
  outcome: 'equal',
  differences: 0,
  changed: 0,
  lagging: 0,
  compared: 1_204_331,
  tables: {},
  found: [],
  left_out: [],
};

describe('the screen of a comparison', () => {
  it('names what counts, and says what does not', () => {
    const few = verificationText(DIFFERS, { width: 110, isVerbose: false });
    const all = verificationText(DIFFERS, { width: 110, isVerbose: true });
    const repaired = {
      ...DIFFERS,
      differences: 1,
      found: FOUND.slice(2, 3),
      repaired: ['time_entries', 'clients'],
    };
    const left = verificationText(repaired, { width: 80, isVerbose: false });
    expectGolden('test/golden/screens/verify.txt', `${few}\n\n${all}\n\n${left}\n`);
  });

  it('says that nothing was compared, and why', () => {
    const nothing: Verification = {
      ...EQUAL,
      outcome: 'nothing',
      compared: 0,
      left_out: [{ table: 'tasks', reason: 'not loaded completely yet' }],
    };
    expect(verificationText(nothing, { width: 80, isVerbose: false })).toBe(
      'nothing was compared\nnot compared: tasks: not loaded completely yet',
    );
  });

  it('is a line where nothing differs, and stands below the table of a run', () => {
    expect(verificationText(EQUAL, { width: 80, isVerbose: false })).toBe(
      'equal to Harvest · 1 204 331 cells compared',
    );
    const summary = summaryText({ ...PARTIAL_RUN, verification: EQUAL }, { width: 80, isVerbose: false });
    expect(summary).toBe(
      `${summaryText(PARTIAL_RUN, { width: 80, isVerbose: false })}\n\nequal to Harvest · 1 204 331 cells compared`,
    );
  });
});
