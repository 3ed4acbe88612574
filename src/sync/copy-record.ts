/**
 * A record's bytes → the bytes of its row, with nothing made of them in between: the values of most records stand in
 * their rows as they were sent. What is not like that (a number that has to be written otherwise, a type that was not expected,
 * a property that is missing) is not copied, and goes the long way through row.ts, which alone decides what becomes
 * of it. Always holds: a row that is copied has the values that row.ts would give it. Pure, but remembers the last record.
 */
import { endOfString, endOfValue, skipSpace, type NumbersSeen } from '../harvest/json-bytes.ts';
import { castScalar } from './cast.ts';
import type { CopyLevel, CopyPlan, CopyProperty } from './copy-plan.ts';
import type { SeenDrift } from './digest.ts';
import { endOfDecimal, endOfWhole, NOT_PLAIN, withoutZeros } from './plain-number.ts';

/** In place of an end: the record has to go the long way. */
export const NOT_COPIED = -1;

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST] = [0x7b, 0x7d, 0x5b];
const [SMALL_N, SMALL_T, SMALL_F, SMALL_U, SMALL_D, LARGE_D] = [0x6e, 0x74, 0x66, 0x75, 0x64, 0x44];

/** Bytes of the longest text that is looked at as an instant. */
const LONGEST_INSTANT = 40;

const ANY: NumbersSeen = { areDelicate: false };

/** What the first byte of a value that is no number says of its type, in the words of JSON Schema. */
const TYPES: Readonly<Record<number, string>> = {
  [QUOTE]: 'string',
  [SMALL_T]: 'boolean',
  [SMALL_F]: 'boolean',
  [SMALL_N]: 'null',
  [OPEN_OBJECT]: 'object',
  [OPEN_LIST]: 'array',
};

/** Copies the records of one stream, one at a time. */
export class RecordCopier {
  /** The key of the record that was copied last. */
  key = 0;
  /** Where it belongs in time; the empty text where that was not sent. */
  date = '';
  /** Properties of it that the schema does not know. */
  drift: SeenDrift[] = [];
  readonly #plan: CopyPlan;
  #records = 0;
  #required = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;
  #out: Buffer = Buffer.alloc(0);
  #to = 0;

  constructor(plan: CopyPlan) {
    this.#plan = plan;
  }

  /** Bytes of a row at most whose record has so many. */
  mostBytes(recordBytes: number): number {
    return recordBytes + this.#plan.extraBytes;
  }

  /**
   * Copies the record that begins at `from` to `out`, from `to` on: `,"id":1,"notes":"as sent"}`. Answers where it ends there, or
   * NOT_COPIED. The bytes have to be JSON in UTF-8.
   */
  copy(bytes: Buffer, from: number, out: Buffer, to: number): number {
    this.#records += 1;
    this.#required = 0;
    if (this.drift.length > 0) this.drift = [];
    this.date = '';
    this.#bytes = bytes;
    this.#from = from;
    this.#out = out;
    this.#to = to;
    if (!this.#object(this.#plan.root) || this.#required < this.#plan.required) return NOT_COPIED;
    out[this.#to] = CLOSE_OBJECT;
    return this.#to + 1;
  }

  /** Copies an object; false: it cannot be. */
  #object(level: CopyLevel): boolean {
    const bytes = this.#bytes;
    let from = skipSpace(bytes, this.#from + 1);
    for (let nth = 0; bytes[from] !== CLOSE_OBJECT; nth += 1) {
      if (nth > 0) from = skipSpace(bytes, from + 1);
      const property = this.#property(level, nth, from);
      if (property !== null) {
        if (property.metIn === this.#records) return false;
        property.metIn = this.#records;
      }
      if (!(property === null ? this.#isNoted(level, from) : this.#value(property))) return false;
      from = skipSpace(bytes, this.#from);
    }
    this.#from = from + 1;
    return true;
  }

  /** The property whose name begins at `from`, null if it is unknown; goes on to its value. */
  #property({ order, byName }: CopyLevel, nth: number, from: number): CopyProperty | null {
    const bytes = this.#bytes;
    const expected = order[nth];
    if (expected !== undefined && startsWith(bytes, from + 1, expected.name)) {
      this.#toValue(from + 1 + expected.name.length);
      return expected;
    }
    const end = endOfString(bytes, from);
    this.#toValue(end);
    const found = byName.get(bytes.toString('utf8', from + 1, end - 1));
    if (found !== undefined) order[nth] = found;
    return found ?? null;
  }

  #toValue(afterName: number): void {
    const bytes = this.#bytes;
    const colon = bytes[afterName] === COLON ? afterName : skipSpace(bytes, afterName);
    this.#from = skipSpace(bytes, colon + 1);
  }

  /** Takes note of a property that is unknown; false: that is nothing for here. */
  #isNoted({ prefix }: CopyLevel, at: number): boolean {
    const bytes = this.#bytes;
    const name = bytes.toString('utf8', at + 1, endOfString(bytes, at) - 1);
    const typeSeen = TYPES[bytes[this.#from] ?? 0];
    const path = prefix + name;
    const isOdd =
      typeSeen === undefined || /[\\[]/.test(path) || this.drift.some((each) => each.path === path);
    if (isOdd) return false;
    this.drift.push({ path, typeSeen });
    this.#from = endOfValue(bytes, this.#from, ANY);
    return true;
  }

  #value(property: CopyProperty): boolean {
    const bytes = this.#bytes;
    const { before, children } = property;
    const byte = bytes[this.#from];
    if (byte === SMALL_N) {
      this.#from += 4;
      return !property.isStrict;
    }
    if (before === null) {
      if (children !== null) return byte === OPEN_OBJECT && this.#object(children);
      this.#from = endOfValue(bytes, this.#from, ANY);
      return true;
    }
    if (property.isRequired) this.#required += 1;
    const out = this.#out;
    let to = this.#to;
    for (let nth = 0; nth < before.length; nth += 1) out[to++] = before[nth] ?? 0;
    this.#to = to;
    return this.#scalar(property, byte ?? 0);
  }

  #scalar({ type, isKey, isDated }: CopyProperty, byte: number): boolean {
    switch (type) {
      case 'STRING':
        return byte === QUOTE && this.#string();
      case 'INT64':
        return this.#whole(isKey);
      case 'NUMERIC':
        return this.#decimal();
      case 'BOOL':
        if (byte !== SMALL_T && byte !== SMALL_F) return false;
        return this.#word(byte === SMALL_T ? 4 : 5);
      case 'DATE':
      case 'TIMESTAMP':
        return byte === QUOTE && this.#time(type, isDated);
      case 'JSON':
      case 'RECORD':
      case null:
        return false;
    }
  }

  /** A text; half of a surrogate pair can only be sent escaped. */
  #string(): boolean {
    const [bytes, out] = [this.#bytes, this.#out];
    let [from, to] = [this.#from, this.#to];
    out[to++] = QUOTE;
    for (let byte = bytes[++from] ?? QUOTE; byte !== QUOTE; byte = bytes[++from] ?? QUOTE) {
      out[to++] = byte;
      if (byte !== BACKSLASH) continue;
      const escaped = bytes[++from] ?? 0;
      const next = bytes[from + 1];
      if (escaped === SMALL_U && (next === SMALL_D || next === LARGE_D)) return false;
      out[to++] = escaped;
    }
    out[to++] = QUOTE;
    this.#from = from + 1;
    this.#to = to;
    return true;
  }

  #word(length: number): boolean {
    return this.#copyTo(this.#from + length, this.#from + length);
  }

  /** A whole number; negative ones are nobody's keys. */
  #whole(isKey: boolean): boolean {
    const end = endOfWhole(this.#bytes, this.#from);
    if (end === NOT_PLAIN) return false;
    if (isKey) this.key = Number(this.#bytes.toString('latin1', this.#from, end));
    return !(isKey && this.key < 0) && this.#copyTo(end, end);
  }

  /** A decimal as text. */
  #decimal(): boolean {
    const end = endOfDecimal(this.#bytes, this.#from);
    if (end === NOT_PLAIN) return false;
    this.#out[this.#to++] = QUOTE;
    this.#copyTo(withoutZeros(this.#bytes, this.#from, end), end);
    this.#out[this.#to++] = QUOTE;
    return true;
  }

  /** A date or an instant that is stored as it was sent. */
  #time(type: 'DATE' | 'TIMESTAMP', isDated: boolean): boolean {
    const bytes = this.#bytes;
    const end = endOfString(bytes, this.#from);
    if (end - this.#from > LONGEST_INSTANT) return false;
    const text = bytes.toString('latin1', this.#from + 1, end - 1);
    if (castScalar(type, text) !== text) return false;
    if (isDated) this.date = text;
    return this.#copyTo(end, end);
  }

  /** Copies what stands up to `end` as it is, and goes on at `next`. */
  #copyTo(end: number, next: number): boolean {
    const [bytes, out] = [this.#bytes, this.#out];
    let to = this.#to;
    for (let from = this.#from; from < end; from += 1) out[to++] = bytes[from] ?? 0;
    this.#from = next;
    this.#to = to;
    return true;
  }
}

function startsWith(bytes: Buffer, at: number, name: Uint8Array): boolean {
  for (let nth = 0; nth < name.length; nth += 1) if (bytes[at + nth] !== name[nth]) return false;
  return true;
}
