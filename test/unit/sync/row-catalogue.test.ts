import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { chooseColumns } from '../../../src/catalog/choose-columns.ts';
import type { Stream } from '../../../src/catalog/stream.ts';
import type { JsonObject } from '../../../src/harvest/json.ts';
import { compileShaper } from '../../../src/sync/row.ts';
import { schemaOf } from '../../support/column-schema.ts';

/** JSON that can be changed in place. */
type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

const streams = [...loadCatalog().streams.values()];

/** What a place of a record is overwritten with; small numbers, so that NUMERIC holds all of them. */
const VALUES: readonly Json[] = [null, true, 7, 0.5, '', 'x', '2023-02-29', [], [null], ['x'], {}, { id: 7 }];

/** A change at a place of a record: the n-th of all its places, whatever their number. */
const change = fc.record({
  place: fc.nat(1000),
  how: fc.constantFrom('overwrite', 'remove', 'add'),
  value: fc.constantFrom(...VALUES),
});

function recordsOf({ name, records }: Stream): readonly Json[] {
  const url = new URL(`../../fixtures/harvest/${name}/page.json`, import.meta.url);
  const page = JSON.parse(readFileSync(url, 'utf8')) as { [name: string]: Json };
  const list = records === undefined ? [page] : page[records];
  return Array.isArray(list) ? list : [];
}

/** All objects and lists with the names or indexes in them, the record itself first. */
function placesIn(value: Json): readonly (readonly [{ [name: string]: Json } | Json[], string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [[value, name] as const, ...placesIn(inner)]);
}

function apply(record: Json, { place, how, value }: { place: number; how: string; value: Json }): void {
  const places = placesIn(record);
  const found = places[place % places.length];
  if (found === undefined) return;
  const [holder, name] = found;
  const fresh = structuredClone(value);
  if (Array.isArray(holder)) {
    if (how === 'overwrite') holder[Number(name)] = fresh;
    else if (how === 'remove') holder.splice(Number(name), 1);
    else holder.push(fresh);
  } else if (how === 'remove') delete holder[name];
  else holder[how === 'add' ? `new_${name}` : name] = fresh;
}

describe.each(streams)('$name', (stream) => {
  const records = recordsOf(stream);
  const injected = Object.fromEntries(
    stream.columns.filter(({ path }) => path.length === 0).map(({ name }) => [name, 'injected']),
  );
  const columns = chooseColumns(stream);
  const shaper = (chosen = columns): ReturnType<typeof compileShaper> =>
    compileShaper({ all: stream.columns, chosen, primaryKey: stream.primary_key, hashKey: null });
  const ajv = new Ajv({ allowUnionTypes: true });
  ajvFormats.default(ajv);

  it('takes its fixture without a reject or drift', () => {
    const drift: string[] = [];
    const shaped = records.map((record) =>
      shaper()(record as JsonObject, injected, (path) => drift.push(path)),
    );
    expect(shaped.map(({ kind }) => kind)).toEqual(records.map(() => 'row'));
    expect(drift).toEqual([]);
  });

  it('makes one row or one reject of a damaged record, as a validator would decide', () => {
    const shape = shaper();
    const validate = ajv.compile(schemaOf(columns));
    const names = columns.map(({ name }) => name).toSorted();
    fc.assert(
      fc.property(
        fc.constantFrom(...records),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (record, changes) => {
          const damaged = structuredClone(record);
          for (const each of changes) apply(damaged, each);
          const shaped = shape(damaged as JsonObject, injected, () => undefined);
          expect(shaped.kind).toBe(validate(damaged) ? 'row' : 'reject');
          if (shaped.kind === 'row') expect(Object.keys(shaped.row).toSorted()).toEqual(names);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('shapes what is chosen and nothing else, whatever is chosen', () => {
    const free = stream.columns.filter(
      ({ path, name }) =>
        path.length > 0 && ![...stream.primary_key, stream.cursor, stream.dated].includes(name),
    );
    fc.assert(
      fc.property(fc.subarray(free.map(({ name }) => name)), (include) => {
        const chosen = chooseColumns(stream, { include, exclude: [], hash: [] });
        const shape = shaper(chosen);
        for (const record of records) {
          const shaped = shape(record as JsonObject, injected, () => undefined);
          expect(shaped.kind === 'row' ? Object.keys(shaped.row).toSorted() : shaped).toEqual(
            chosen.map(({ name }) => name).toSorted(),
          );
        }
      }),
      { numRuns: 20 },
    );
  });
});
