import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { restatedBy } from '../../../src/sync/restated.ts';

const catalog = loadCatalog();
const NOTES = { months: { '2026-09': '2026-10-01T06:00:00Z', '2026-10': '2026-11-01T06:00:00Z' } };
const SCOPE = { kind: 'where', column: 'period_start', values: ['2026-09-01', '2026-11-01'] } as const;
const NONE = (): boolean => false;

function chosen(name: string) {
  const stream = catalog.streams.get(name);
  if (stream === undefined) throw new Error(`there is no ${name}`);
  return { stream, columns: stream.columns };
}

describe('what a load of report months restates', () => {
  it('are the months that were read before', () => {
    expect(restatedBy(SCOPE, chosen('time_clients'), NOTES, NONE)?.periods).toEqual(['2026-09-01']);
    expect(restatedBy(SCOPE, chosen('time_clients'), { months: {} }, NONE)).toBeNull();
  });

  it.each([
    [
      'time_team',
      [
        'is_contractor',
        'weekly_capacity',
        'total_hours',
        'billable_hours',
        'billable_amount',
        'scheduled_hours',
      ],
    ],
    ['time_projects', ['client_id', 'total_hours', 'billable_hours', 'billable_amount', 'scheduled_hours']],
    ['expenses_categories', ['total_amount', 'billable_amount']],
    [
      'uninvoiced',
      ['client_id', 'total_hours', 'uninvoiced_hours', 'uninvoiced_expenses', 'uninvoiced_amount'],
    ],
  ])('of %s are its figures, not its names and pictures', (name, columns) => {
    expect(restatedBy(SCOPE, chosen(name), NOTES, NONE)?.columns).toEqual(columns);
  });

  it('is no column that the table did not have until now', () => {
    const isFilled = (column: string): boolean => column === 'total_amount';
    expect(restatedBy(SCOPE, chosen('expenses_team'), NOTES, isFilled)?.columns).toEqual([
      'is_contractor',
      'billable_amount',
    ]);
    expect(restatedBy(SCOPE, chosen('expenses_team'), NOTES, () => true)).toBeNull();
  });

  it('is nothing of other streams and scopes', () => {
    expect(restatedBy({ ...SCOPE, column: 'user_id' }, chosen('cost_rates'), NOTES, NONE)).toBeNull();
    expect(restatedBy({ kind: 'merge' }, chosen('time_team'), NOTES, NONE)).toBeNull();
  });
});
