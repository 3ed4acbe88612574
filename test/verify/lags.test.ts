import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { sourcesOf } from '../../src/verify/lags.ts';
import { LAGS } from '../support/lags.ts';

/** Every cell of every list and child, as the list of lags names it and as a comparison does. */
const CELLS = [...loadCatalog().streams.values()]
  .filter(({ sync }) => sync !== 'report')
  .flatMap(({ name, columns }) =>
    columns.flatMap((column) =>
      (column.fields ?? [null]).map((field) =>
        field === null
          ? { table: name, named: column.name, compared: column.name }
          : {
              table: name,
              named: `${column.name}.${field.name}`,
              compared: `${column.name}[3].${field.name}`,
            },
      ),
    ),
  );

/** The cells that verify lets lag. Report months are compared with what they are made of: there nothing lags. */
function granted(harvest: string | null): readonly string[] {
  return CELLS.filter(({ table, compared }) => sourcesOf(table, compared, harvest) !== null).map(
    ({ table, named }) => `${table}.${named}`,
  );
}

function listed(isGone: boolean): readonly string[] {
  const lags = LAGS.filter(
    ({ oldMonths, whereGone }) => oldMonths !== true && (whereGone !== true || isGone),
  );
  return CELLS.map(({ table, named }) => `${table}.${named}`).filter((cell) =>
    lags.some(({ cells }) => cells?.test(cell) === true),
  );
}

describe('what verify lets lag', () => {
  it('is what the documented list has, cell by cell', () => {
    expect(granted('x')).toEqual(listed(false));
    expect(granted('x').length).toBeGreaterThan(30);
  });

  it('is the same where Harvest has nothing any more', () => {
    expect(granted(null)).toEqual(listed(true));
    expect(granted(null).length).toBeGreaterThan(granted('x').length);
  });
});
