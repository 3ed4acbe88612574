import { describe, expect, it } from '@jest/globals';
import { withoutColumns } from '../../src/warehouse/reject-text.ts';

describe('the record of a reject', () => {
  it('loses columns and fields of lists, and keeps every digit of the rest', () => {
    const record =
      '{"id":12345678901234567890,"rate":1.50,"notes":"ZZ","lines":[{"id":1,"text":"ZZ"},{"id":2}]}';
    expect(withoutColumns(record, ['notes', 'lines.text', 'nothing', 'rate.x'])).toBe(
      '{"id":12345678901234567890,"rate":1.50,"lines":[{"id":1},{"id":2}]}',
    );
  });

  it.each(['{"id":1}', '[1]', '"ZZ"', 'null'])('is left alone where it has none of them: %s', (record) => {
    expect(withoutColumns(record, ['notes', 'lines.text'])).toBeNull();
  });
});
