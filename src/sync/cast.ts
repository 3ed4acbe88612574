/**
 * One JSON value → one value of a row, or why it cannot be. Pure; the only place that knows what each column type
 * accepts. Nothing is rounded, guessed or converted: what a type cannot hold exactly is refused.
 */
import { createHmac } from 'node:crypto';
import type { ColumnType } from '../catalog/column.ts';
import { Lexeme } from '../harvest/json.ts';
import type { RowValue } from '../warehouse/table.ts';

/** Why a value was refused. The reason names types, never the value. */
export class Refusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Digits before and after the point that NUMERIC holds: BigQuery's NUMERIC and DuckDB's DECIMAL(38,9) agree. */
const NUMERIC_INTEGER_DIGITS = 29;
const NUMERIC_FRACTION_DIGITS = 9;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** The JSON type of a value, in the words of JSON Schema. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Lexeme) return 'number';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

const refuse = (expected: string, value: unknown): Refusal =>
  new Refusal(`expected ${expected}, got ${jsonType(value)}`);

/** Casts a value that is not null to a scalar column type. */
export function castScalar(type: ColumnType, value: unknown): RowValue | Refusal {
  switch (type) {
    case 'STRING':
      return typeof value === 'string' ? value.toWellFormed() : refuse('string', value);
    case 'BOOL':
      return typeof value === 'boolean' ? value : refuse('boolean', value);
    case 'INT64':
      return castInteger(value);
    case 'NUMERIC':
      return castNumeric(value);
    case 'DATE':
      return typeof value === 'string' ? castDate(value) : refuse('a date', value);
    case 'TIMESTAMP':
      return typeof value === 'string' ? castInstant(value) : refuse('an instant', value);
    case 'JSON':
      return value as RowValue;
    case 'RECORD':
      return refuse('a list of objects', value);
  }
}

function castInteger(value: unknown): RowValue | Refusal {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? value : new Refusal('expected integer, got a fraction');
  }
  if (!(value instanceof Lexeme)) return refuse('integer', value);
  const text = plainDecimal(value.text);
  if (text === null || text.includes('.')) return new Refusal('expected integer, got a fraction');
  const whole = BigInt(text);
  if (whole < INT64_MIN || whole > INT64_MAX) return new Refusal('the integer does not fit into 64 bits');
  return text;
}

function castNumeric(value: unknown): RowValue | Refusal {
  if (typeof value === 'number') {
    const short = shortDecimal(value);
    if (short !== null) return short;
  } else if (!(value instanceof Lexeme)) return refuse('number', value);
  const sent = typeof value === 'number' ? String(value) : value.text;
  const text = plainDecimal(sent);
  if (text === null) return new Refusal('the number is out of the range of NUMERIC (38 digits, 9 decimals)');
  const point = text.indexOf('.');
  const integerDigits = (point < 0 ? text : text.slice(0, point)).replace('-', '').length;
  const fractionDigits = point < 0 ? 0 : text.length - point - 1;
  if (integerDigits > NUMERIC_INTEGER_DIGITS) {
    return new Refusal(`the number has more than ${NUMERIC_INTEGER_DIGITS} digits before the point`);
  }
  if (fractionDigits > NUMERIC_FRACTION_DIGITS) {
    return new Refusal(`the number has more than ${NUMERIC_FRACTION_DIGITS} decimals`);
  }
  return text;
}

/** The text of an everyday number, which needs no second look; null: anything else. */
function shortDecimal(value: number): string | null {
  const text = String(value);
  if (Number.isSafeInteger(value)) return text;
  const point = text.indexOf('.');
  const isShort = point > 0 && text.length - point - 1 <= NUMERIC_FRACTION_DIGITS && !text.includes('e');
  return isShort ? text : null;
}

/**
 * The same number without an exponent, leading or trailing zeros: `1e-9` → `0.000000001`, `100.0` → `100`.
 * null: so far out of range that writing it down makes no sense.
 */
export function plainDecimal(text: string): string | null {
  const match = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  if (/^0*$/.test(digits)) return '0';
  if (Math.abs(exponent) > 1000) return null;
  const point = whole.length + exponent;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const cut = point <= 0 ? 1 : point;
  const integerPart = padded.slice(0, cut).replace(/^0+(?=\d)/, '');
  const fractionPart = padded.slice(cut).replace(/0+$/, '');
  return `${sign}${integerPart}${fractionPart === '' ? '' : `.${fractionPart}`}`;
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

function isCalendarDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && isLeap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0));
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

const ZERO = 0x30;
const NINE = 0x39;

/** The number of two digits; 99, which is neither month, day nor hour, where they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  if (tens < ZERO || tens > NINE || ones < ZERO || ones > NINE) return 99;
  return (tens - ZERO) * 10 + ones - ZERO;
}

/** Whether a text begins like the date of an everyday year and month; what it does not know may be a date all the same. */
function beginsWithDate(text: string): boolean {
  const century = twoDigits(text, 0);
  if (century === 99 || text[4] !== '-' || text[7] !== '-') return false;
  const years = twoDigits(text, 2);
  return years < 99 && isCalendarDate(century * 100 + years, twoDigits(text, 5), twoDigits(text, 8));
}

function castDate(value: string): RowValue | Refusal {
  if (value.length === 10 && beginsWithDate(value)) return value;
  const match = DATE.exec(value);
  const valid = match !== null && isCalendarDate(Number(match[1]), Number(match[2]), Number(match[3]));
  return valid ? value : new Refusal('expected a calendar date YYYY-MM-DD, got other text');
}

/** Whether a text is an instant in the form that Harvest gives nearly all of them: `2026-01-31T08:00:00Z`. */
function isWholeSecond(text: string): boolean {
  if (text.length !== 20 || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':' || text[19] !== 'Z')
    return false;
  return (
    twoDigits(text, 11) < 24 && twoDigits(text, 14) < 60 && twoDigits(text, 17) < 60 && beginsWithDate(text)
  );
}

function castInstant(value: string): RowValue | Refusal {
  if (isWholeSecond(value)) return value;
  const match = INSTANT.exec(value);
  const valid = match !== null && isCalendarDate(Number(match[1]), Number(match[2]), Number(match[3]));
  if (!valid) return new Refusal('expected an instant such as 2026-01-31T08:00:00Z, got other text');
  if ((match[5]?.length ?? 0) > 7) return new Refusal('the instant is finer than a microsecond');
  return value;
}

/** Lower-case hex HMAC-SHA-256 of the UTF-8 text. */
export function keyedHash(key: string, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex');
}

/** A number or text as text, for keys and messages; anything else is the empty text. */
export function plainText(value: unknown): string {
  if (value instanceof Lexeme) return value.text;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
