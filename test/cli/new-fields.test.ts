import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import type { Stream } from '../../src/catalog/stream.ts';
import { parseJson, type JsonObject } from '../../src/harvest/json.ts';
import { compareFields, unknownPaths, type NewField, type NotedType } from '../../src/cli/new-fields.ts';

const { streams } = loadCatalog();

function streamOf(name: string): Stream {
  const stream = streams.get(name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream;
}

const records = (...texts: readonly string[]): readonly JsonObject[] =>
  texts.map((text) => parseJson(text) as JsonObject);

const noted = (path: string, type: string, count: number): NotedType => ({
  path,
  type,
  count,
  firstSeenAt: '2026-11-01T00:00:00.000Z',
  lastSeenAt: '2026-11-02T00:00:00.000Z',
});

const addAs = (fields: readonly NewField[]): Readonly<Record<string, string | null>> =>
  Object.fromEntries(fields.map(({ path, add_as: type }) => [path, type]));

describe('fields that no column holds', () => {
  it('are told with the type that holds all their values', () => {
    const { new_fields: fields, line } = compareFields(
      streamOf('clients'),
      records(
        '{"id":1,"s":"x","d":"2026-01-31","t":"2026-01-31T08:00:00Z","i":1,"n":1,"b":true,"nil":null,"mix":1,"list":[1]}',
        '{"id":2,"s":"2026-01-31","d":null,"n":1.25,"mix":"1"}',
      ),
      [],
    );
    expect(addAs(fields)).toEqual({
      s: 'STRING',
      d: 'DATE',
      t: 'TIMESTAMP',
      i: 'INT64',
      n: 'NUMERIC',
      b: 'BOOL',
      nil: null,
      mix: null,
      list: null,
    });
    expect(line).toBe(
      'clients: { columns: { add: { b: BOOL, d: DATE, i: INT64, n: NUMERIC, s: STRING, t: TIMESTAMP } } }',
    );
    const why = Object.fromEntries(fields.map((field) => [field.path, field.why_not]));
    expect(why).toMatchObject({
      s: null,
      nil: 'only null so far, so its type is not known',
      mix: 'its values have several types',
      list: 'a list: wait for a version of harvest-bq that knows it',
    });
  });

  it('are found in objects and lists, known and unknown', () => {
    const { new_fields: fields, line } = compareFields(
      streamOf('invoices'),
      records(
        '{"id":1,"client":{"id":1,"vat":"A"},"tax_office":{"name":"B","place":{"no":3}},"line_items":[{"id":1,"position":1},{"id":2,"position":2}]}',
      ),
      [],
    );
    expect(fields.map(({ path, on_page: count, column }) => [path, count, column])).toEqual([
      ['client.vat', 1, 'client_vat'],
      ['line_items[].position', 2, 'line_items.position'],
      ['tax_office', 1, null],
      ['tax_office.name', 1, 'tax_office_name'],
      ['tax_office.place', 1, null],
      ['tax_office.place.no', 1, 'tax_office_place_no'],
    ]);
    expect(line).toContain(`'client.vat': STRING, 'line_items[].position': INT64`);
  });

  it('are put together with what runs have noted; what is known meanwhile is left out', () => {
    const { new_fields: fields } = compareFields(streamOf('clients'), records('{"id":1,"vat":"A"}'), [
      noted('vat', 'string', 40),
      noted('vat', 'null', 2),
      noted('seats', 'integer', 7),
      noted('name', 'string', 9),
    ]);
    expect(fields).toMatchObject([
      { path: 'seats', on_page: 0, in_runs: 7, add_as: 'INT64', first_seen_at: '2026-11-01T00:00:00.000Z' },
      { path: 'vat', on_page: 1, in_runs: 42, types: ['null', 'string'], add_as: 'STRING' },
    ]);
    const paths = ['vat', 'name', 'line_items[].id', 'line_items[].x', 'client.id', 'client.x', 'client'];
    expect(unknownPaths(streamOf('invoices'), paths)).toEqual(['vat', 'name', 'line_items[].x', 'client.x']);
  });
});

describe('fields that are not sent any more', () => {
  it('are those that no record has, as far as there is a place for them; a new name for one is guessed', () => {
    const page = JSON.stringify({
      ...Object.fromEntries(streamOf('clients').columns.map(({ path }) => [path[0] ?? '', null])),
      adress: 'x',
    });
    const { address: _, ...left } = JSON.parse(page) as Record<string, unknown>;
    const diff = compareFields(streamOf('clients'), records(JSON.stringify(left)), []);
    expect(diff.not_sent).toEqual(['address']);
    expect(diff.new_fields).toMatchObject([{ path: 'adress', perhaps_once: 'address' }]);
  });

  it('are not guessed where nothing came', () => {
    expect(compareFields(streamOf('clients'), [], []).not_sent).toEqual([]);
    const { not_sent: fields } = compareFields(
      streamOf('invoices'),
      records('{"client":null,"line_items":[]}', '{}'),
      [],
    );
    expect(fields.filter((path) => /^client\.|^line_items/.test(path))).toEqual([]);
  });
});
