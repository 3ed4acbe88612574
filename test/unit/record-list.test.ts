import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isObject, Lexeme, parseJson } from '../../src/harvest/json.ts';
import { Body } from '../../src/harvest/body.ts';
import { cutPage } from '../../src/harvest/record-list.ts';

function bodyOf(text: string): Body {
  const body = new Body();
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; at += 100_000) body.add(bytes.subarray(at, at + 100_000));
  return body;
}

const cut = (text: string, key = 'clients'): ReturnType<typeof cutPage> => cutPage(bodyOf(text), key);

/** Numbers in every spelling, as JSON text. */
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('9007199254740993', '0.1234567890123456789', '1e-9', '-0', '12345678901.12', '1E+2'),
);
const space = fc.constantFrom('', '', '', ' ', '\n  ', '\t', '\r\n');

/** Any JSON value as text, with white space anywhere; `top` is the kind that it must be. */
const { value, object } = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('null', 'true', 'false', '""', '"\\\\"', '"a\\"]}"', '"{[,"', '"\\ud83d"'),
    number,
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    tie('object'),
    tie('list'),
  ),
  object: fc
    .array(fc.tuple(space, fc.string(), space, tie('value'), space))
    .map(
      (members) =>
        `{${members.map(([a, name, b, inner, c]) => `${a}${JSON.stringify(name)}${b}:${a}${inner}${c}`).join(',')}}`,
    ),
  list: fc
    .array(fc.tuple(space, tie('value'), space))
    .map((members) => `[${members.map((each) => each.join('')).join(',')}]`),
}));

function isSingleObject(text: string): boolean {
  try {
    return isObject(parseJson(text));
  } catch {
    return false;
  }
}

describe('a page that is cut', () => {
  it('has the records that parsing it as a whole gives, with every number exact', () => {
    fc.assert(
      fc.property(
        fc.array(object, { maxLength: 5 }),
        fc.array(fc.tuple(fc.constantFrom('links', 'page', 'a"b', 'client'), value), { maxLength: 3 }),
        fc.nat(3),
        space,
        (records, others, place, gap) => {
          const list = `"clients"${gap}:${gap}[${gap}${records.join(`${gap},${gap}`)}${gap}]`;
          const members = others.map(([name, each]) => `${JSON.stringify(name)}:${gap}${each}`);
          const text = `${gap}{${gap}${members.toSpliced(place, 0, list).join(`${gap},${gap}`)}${gap}}${gap}`;
          const whole = parseJson(text);
          const { clients, ...rest } = isObject(whole) ? whole : {};
          const page = cut(text);
          expect([...(page?.records ?? [])]).toEqual(clients);
          expect(page?.body).toEqual({ ...rest, clients: [] });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives its records one by one, from both ends, and again', () => {
    const page = cut('{"clients":[{"id":1},{"id":9007199254740993},{"id":3}],"page":1}');
    const { records } = page ?? {};
    expect([records?.length, records?.at(0), records?.at(-1), records?.at(3), records?.at(-4)]).toEqual([
      3,
      { id: 1 },
      { id: 3 },
      undefined,
      undefined,
    ]);
    const ids = [1, new Lexeme('9007199254740993'), 3];
    expect(records?.map(({ id }) => id)).toEqual(ids);
    expect([...(records ?? [])].map(({ id }) => id)).toEqual(ids);
    expect(records?.filter(({ id }) => id === 3)).toEqual([{ id: 3 }]);
  });

  it('parses a record at a place once, and all others when they are asked for', () => {
    const { records } = cut('{"clients":[{"id":1},{"id":2}]}') ?? {};
    expect(records?.at(-1)).toBe([...(records ?? [])][1]);
    expect([...(records ?? [])]).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it.each([
    ['is cut off', '{"clients":[{"id":1},{"id":2'],
    ['is cut off within a text', '{"clients":[{"id":1},{"name":"a\\'],
    ['is cut off behind its list', '{"clients":[{"id":1}],"page":'],
    ['is something else', '<html></html>'],
    ['is empty', ''],
    ['is a list', '[{"clients":[]}]'],
    ['has no such list', '{"projects":[{"id":1}]}'],
    ['has something else in its place', '{"clients":{"id":1}}'],
    ['has it twice', '{"clients":[{"id":1}],"clients":[]}'],
    ['holds a record that is no object', '{"clients":[{"id":1},7]}'],
    ['goes on behind its end', '{"clients":[{"id":1}]} {}'],
    ['is odd around its list', '{"clients":[{"id":1}],"page":tru}'],
    ['begins with a byte order mark', '\ufeff{"clients":[{"id":1}]}'],
  ])('is left to the parser where it %s', (_name, text) => {
    expect(cut(text)).toBeNull();
  });

  it('is cut where a parser takes every record, and only there, whatever character is lost or put in', () => {
    const odd = fc.constantFrom(
      '',
      '"',
      '\\',
      ',',
      ':',
      '{',
      '}',
      '[',
      ']',
      '0',
      '-',
      '.',
      'e',
      '\u0000',
      '\n',
      'u',
    );
    fc.assert(
      fc.property(object, fc.nat(), odd, (record, at, put) => {
        const place = at % record.length;
        const other = record.slice(0, place) + put + record.slice(place + 1);
        const isCut = cut(`{"clients":[${other}]}`)?.records.length === 1;
        expect([other, isCut]).toEqual([other, isSingleObject(other)]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a raw NUL', '{"name":"a\u0000"}'],
    ['a line break in a text', '{"name":"a\n"}'],
    ['no number', '{"id":NaN}'],
    ['a number with a zero in front', '{"id":01}'],
    ['half a number', '{"id":1.}'],
    ['an escape that there is not', '{"name":"\\x41"}'],
    ['half an escape', '{"name":"\\u12"}'],
    ['half a word', '{"is_active":tru}'],
    ['a comma too many', '{"id":1,}'],
    ['another bracket', '{"ids":[1}'],
    ['a name without a value', '{"id"}'],
  ])('is left to the parser where a record has %s', (_name, record) => {
    expect(cut(`{"clients":[{"id":1},${record}]}`)).toBeNull();
  });

  it('gives its memory to the next one when it is done with, and says so to whoever comes late', () => {
    const large = (id: number): string => JSON.stringify({ clients: [{ id, name: 'x'.repeat(900_000) }] });
    const one = cut(large(1));
    expect(one?.records.at(0)?.['id']).toBe(1);
    one?.records.release?.();
    one?.records.release?.();
    const two = cut(large(2));
    const three = cut(large(3));
    expect([two, three].map((page) => page?.records.at(0)?.['id'])).toEqual([2, 3]);
    expect(() => one?.records.at(0)).toThrow('after its turn');
  });

  it('gives its records as they were sent, but not where they are no UTF-8', () => {
    const sent = cut('{"clients":[{"id":1}, {"id":2,"name":"ü"}]}')?.records.sent;
    const texts = sent?.starts.map((start, nth) => sent.bytes.toString('utf8', start, sent.ends[nth]));
    expect(texts).toEqual(['{"id":1}', '{"id":2,"name":"ü"}']);
    expect(sent?.parse(1)).toEqual({ id: 2, name: 'ü' });
    const body = new Body();
    body.add(Buffer.from('{"clients":[{"id":1,"name":"\xfc"}]}', 'latin1'));
    const latin = cutPage(body, 'clients')?.records;
    expect(latin?.sent).toBeNull();
    expect(latin?.at(0)).toEqual({ id: 1, name: '\ufffd' });
  });
});
