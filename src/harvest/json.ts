/**
 * Parsing without losing a digit. JSON.parse turns numbers into doubles, whose shortest text has the same value as
 * what was sent as long as it has at most 15 significant digits and no exponent. Only a page that holds another
 * kind of number takes the slow path, where such numbers stay the text that Harvest sent (class Lexeme).
 */

/**
 * A number that a double cannot carry, as the text that was sent. The text is copied: as a slice it would keep the
 * whole page in memory for as long as it lives.
 */
export class Lexeme {
  readonly text: string;

  constructor(text: string) {
    this.text = Buffer.from(text, 'latin1').toString('latin1');
  }

  toJSON(): string {
    return this.text;
  }
}

/** A parsed JSON value, in which numbers may be lexemes. */
export type JsonValue = string | number | boolean | null | Lexeme | readonly JsonValue[] | JsonObject;

/** A parsed JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** A number of 16 or more characters, or with an exponent. May also match inside a string, which only costs time. */
const UNSAFE_NUMBER = /[:,[]\s*-?(?:[\d.]{16,}|[\d.]+[eE])/;

/** Whether some number in the text may not survive a double. */
export function needsLosslessNumbers(text: string): boolean {
  return UNSAFE_NUMBER.test(text);
}

/**
 * Parses JSON, exactly: every number is either a double with the very value that was sent, or a Lexeme.
 * @throws SyntaxError when the text is not JSON
 */
export function parseJson(text: string): JsonValue {
  return needsLosslessNumbers(text) ? parseExactly(text) : (JSON.parse(text) as JsonValue);
}

/**
 * The same for a text that is known to hold such a number.
 * @throws SyntaxError when the text is not JSON
 */
export function parseExactly(text: string): JsonValue {
  return JSON.parse(text, keepLexeme) as JsonValue;
}

/** Reviver with source text access (ECMAScript 2025; Node 22 and newer). */
function keepLexeme(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  const digits = context.source.replace(/[-.]/g, '').replace(/^0+/, '');
  return /e/i.test(context.source) || digits.length > 15 ? new Lexeme(context.source) : value;
}

/** Whether a value is a JSON object, not null, a list or a lexeme. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Lexeme);
}
