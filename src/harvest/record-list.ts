/**
 * A page as it was sent: the bytes of its records stay what they are until each is asked for, so that a page that waits takes
 * no more than its text, and what was parsed of one is garbage before the next is parsed. Pure. Always holds: records come
 * in their order, each with every number exact, and a page that is not cut as expected is not cut at all.
 */
import { isUtf8 } from 'node:buffer';
import { ConnectorError } from '../errors.ts';
import type { Body } from './body.ts';
import { parseExactly, parseJson, isObject, type JsonObject, type JsonValue } from './json.ts';
import { endOfString, endOfValue, NOT_JSON, skipSpace, type NumbersSeen } from './json-bytes.ts';

/** The records of a page, each parsed when it is asked for, those at a place only once. Lists of parsed records are such as well. */
export interface Records extends Iterable<JsonObject> {
  readonly length: number;
  /** The record at a place; negative ones count from the end. */
  at(index: number): JsonObject | undefined;
  map<T>(to: (record: JsonObject) => T): T[];
  filter(isWanted: (record: JsonObject) => boolean): readonly JsonObject[];
  /** The records as they were sent, where they are known to be UTF-8; null: they are only there parsed. */
  readonly sent?: SentRecords | null;
  /** For whoever is done with a page: ends the use of its records and gives its memory to the next one. */
  release?(): void;
}

/** Records as they were sent: those of a page that is valid JSON. */
export interface SentRecords {
  readonly bytes: Buffer;
  /** First byte of each record, and the byte after its last one. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The record at a place; parsed each time. */
  readonly parse: (place: number) => JsonObject;
}

/** A page and what was cut out of it. */
export interface CutPage {
  /** The page with an empty list in place of the records. */
  readonly body: JsonObject;
  readonly records: Records;
}

/** Where the records of a page stand. */
interface Cut extends Pick<SentRecords, 'starts' | 'ends'> {
  /** Which of them hold a number that a double may not carry. */
  readonly delicate: ReadonlySet<number>;
  /** The list itself, brackets included. */
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts the records out of a page, whose key for them is `key`. Null where that is not possible: it is not JSON anywhere, has no
 * such list, or something in it is no object.
 */
export function cutPage(page: Body, key: string): CutPage | null {
  const { content: bytes } = page;
  const cut = findRecords(bytes, key);
  if (cut === null) return null;
  try {
    const body = parseJson(`${bytes.toString('utf8', 0, cut.from)}[]${bytes.toString('utf8', cut.to)}`);
    return isObject(body) ? { body, records: new RecordList(page, cut) } : null;
  } catch {
    return null;
  }
}

class RecordList implements Records {
  readonly #body: Body;
  #bytes: Buffer | null;
  readonly #cut: Cut;
  /** Records that were asked for by their place: usually the ends, before all of them are. */
  readonly #asked = new Map<number, JsonObject>();

  constructor(body: Body, cut: Cut) {
    this.#body = body;
    this.#bytes = body.content;
    this.#cut = cut;
  }

  get length(): number {
    return this.#cut.starts.length;
  }

  get sent(): SentRecords | null {
    const bytes = this.#bytes;
    return bytes === null || !isUtf8(bytes)
      ? null
      : { bytes, ...this.#cut, parse: (place) => this.#parse(place) };
  }

  at(index: number): JsonObject | undefined {
    const place = index < 0 ? this.length + index : index;
    if (place < 0 || place >= this.length) return undefined;
    const record = this.#parse(place);
    this.#asked.set(place, record);
    return record;
  }

  *[Symbol.iterator](): Generator<JsonObject, void> {
    for (let place = 0; place < this.length; place += 1) yield this.#parse(place);
  }

  map<T>(to: (record: JsonObject) => T): T[] {
    return Array.from(this, to);
  }

  filter(isWanted: (record: JsonObject) => boolean): readonly JsonObject[] {
    return Array.from(this).filter(isWanted);
  }

  release(): void {
    if (this.#bytes !== null) this.#body.release();
    this.#bytes = null;
    this.#asked.clear();
  }

  #parse(place: number): JsonObject {
    const { starts, ends, delicate } = this.#cut;
    if (this.#bytes === null) throw new ConnectorError('INTERNAL', 'A page was read after its turn');
    const known = this.#asked.get(place);
    if (known !== undefined) return known;
    const text = this.#bytes.toString('utf8', starts[place], ends[place]);
    return (delicate.has(place) ? parseExactly(text) : (JSON.parse(text) as JsonValue)) as JsonObject;
  }
}

const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [QUOTE, COLON, COMMA] = [0x22, 0x3a, 0x2c];

/** Goes through the properties of the page; null where it is not what was expected. */
function findRecords(bytes: Buffer, key: string): Cut | null {
  const name = Buffer.from(JSON.stringify(key), 'utf8');
  let cut: Cut | null = null;
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN_OBJECT) return null;
  for (;;) {
    at = skipSpace(bytes, at + 1);
    if (bytes[at] !== QUOTE) return null;
    const afterName = endOfString(bytes, at);
    if (afterName === NOT_JSON) return null;
    const isList = name.equals(bytes.subarray(at, afterName));
    at = skipSpace(bytes, afterName);
    if (bytes[at] !== COLON) return null;
    at = skipSpace(bytes, at + 1);
    if (isList) {
      if (cut !== null) return null;
      cut = cutList(bytes, at);
      if (cut === null) return null;
    }
    const end = cut?.from === at ? cut.to : endOfValue(bytes, at, ANY);
    if (end === NOT_JSON) return null;
    at = skipSpace(bytes, end);
    if (bytes[at] === CLOSE_OBJECT) return skipSpace(bytes, at + 1) === bytes.length ? cut : null;
    if (bytes[at] !== COMMA) return null;
  }
}

const ANY: NumbersSeen = { areDelicate: false };

/** Where the objects of a list stand; null where it is none, or holds anything else. */
function cutList(bytes: Buffer, from: number): Cut | null {
  if (bytes[from] !== OPEN_LIST) return null;
  const starts: number[] = [];
  const ends: number[] = [];
  const delicate = new Set<number>();
  const numbers: NumbersSeen = { areDelicate: false };
  let at = skipSpace(bytes, from + 1);
  if (bytes[at] === CLOSE_LIST) return { starts, ends, delicate, from, to: at + 1 };
  for (;;) {
    if (bytes[at] !== OPEN_OBJECT) return null;
    numbers.areDelicate = false;
    const end = endOfValue(bytes, at, numbers);
    if (end === NOT_JSON) return null;
    if (numbers.areDelicate) delicate.add(starts.length);
    starts.push(at);
    ends.push(end);
    at = skipSpace(bytes, end);
    if (bytes[at] === CLOSE_LIST) return { starts, ends, delicate, from, to: at + 1 };
    if (bytes[at] !== COMMA) return null;
    at = skipSpace(bytes, at + 1);
  }
}
