import { describe, expect, it } from '@jest/globals';
import { isObject, Lexeme, needsLosslessNumbers, parseJson } from '../../src/harvest/json.ts';

describe('parseJson', () => {
  it('keeps everyday numbers as numbers', () => {
    expect(parseJson('{"a":0.1,"b":100.0,"c":[1,2.575],"d":-12}')).toEqual({
      a: 0.1,
      b: 100,
      c: [1, 2.575],
      d: -12,
    });
  });

  it.each(['12345678901.123456789', '9007199254740993', '1e-9', '1E400', '-0.12345678901234567'])(
    'keeps %s as the text that was sent',
    (text) => {
      const parsed = parseJson(`{"a": ${text}, "b": 0.5}`);
      expect(parsed).toEqual({ a: new Lexeme(text), b: 0.5 });
    },
  );

  it('does not take the slow path for a hexadecimal key', () => {
    expect(
      needsLosslessNumbers('{"client_key":"9e97f4a65c5b83b1fc02f54e5a41c9dc7d458542","id":13150403}'),
    ).toBe(false);
  });

  it('tells objects from lists, nulls and lexemes', () => {
    expect([{}, [], null, new Lexeme('1'), 'x'].map(isObject)).toEqual([true, false, false, false, false]);
  });
});
