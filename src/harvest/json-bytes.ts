/**
 * Finding one's way through the bytes of a JSON text without making anything of them. Pure. Always holds: a value whose end is
 * found here is one that a parser takes, so that what is parsed later cannot turn out to be broken (RFC 8259).
 */

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [SPACE, TAB, LINE_FEED, RETURN] = [0x20, 0x09, 0x0a, 0x0d];
const [ZERO, NINE, MINUS, PLUS, POINT, SMALL_E, LARGE_E] = [0x30, 0x39, 0x2d, 0x2b, 0x2e, 0x65, 0x45];
const [SMALL_U, SMALL_N, SMALL_T] = [0x75, 0x6e, 0x74];

const TRUE = Buffer.from('true', 'utf8');
const FALSE = Buffer.from('false', 'utf8');
const NULL = Buffer.from('null', 'utf8');
const ESCAPED = new Set(Buffer.from('"\\/bfnrt', 'utf8'));
const HEXADECIMAL = new Set(Buffer.from('0123456789abcdefABCDEF', 'utf8'));

/** Characters that a number has at most if a double carries it for certain. */
const SAFE_CHARACTERS = 15;

/** In place of an end: what stands there is not JSON, or not all of it. */
export const NOT_JSON = -1;

/** What was seen of numbers on the way. */
export interface NumbersSeen {
  /** Whether one has 16 characters or more, or an exponent. */
  areDelicate: boolean;
}

/** The first byte from `at` on that is no white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let place = at;
  for (; place < bytes.length; place += 1) {
    const byte = bytes[place];
    if (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB) break;
  }
  return place;
}

/** The byte after a text that begins with the quote at `at`, or NOT_JSON. */
export function endOfString(bytes: Uint8Array, at: number): number {
  const { length } = bytes;
  for (let place = at + 1; place < length; place += 1) {
    const byte = bytes[place] ?? 0;
    if (byte === QUOTE) return place + 1;
    if (byte < SPACE) return NOT_JSON;
    if (byte !== BACKSLASH) continue;
    place += 1;
    const escaped = bytes[place] ?? 0;
    if (escaped === SMALL_U) {
      for (let nth = 1; nth <= 4; nth += 1) if (!HEXADECIMAL.has(bytes[place + nth] ?? 0)) return NOT_JSON;
      place += 4;
    } else if (!ESCAPED.has(escaped)) return NOT_JSON;
  }
  return NOT_JSON;
}

/** The byte after the value that begins at `at`, or NOT_JSON. */
export function endOfValue(bytes: Uint8Array, at: number, numbers: NumbersSeen): number {
  const open: number[] = [];
  let place = at;
  do {
    const byte = bytes[place];
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const inside = skipSpace(bytes, place + 1);
      if (bytes[inside] !== closing(byte)) {
        open.push(byte);
        place = byte === OPEN_OBJECT ? afterName(bytes, inside) : inside;
        continue;
      }
      place = inside + 1;
    } else place = endOfScalar(bytes, place, numbers);
    if (place !== NOT_JSON) place = afterEnd(bytes, place, open);
  } while (place !== NOT_JSON && open.length > 0);
  return place;
}

/** Where the next value begins after one that ends at `at`, or the end of all that were open. */
function afterEnd(bytes: Uint8Array, at: number, open: number[]): number {
  let place = at;
  for (let kind = open.at(-1); kind !== undefined; kind = open.at(-1)) {
    place = skipSpace(bytes, place);
    const byte = bytes[place];
    if (byte === COMMA) {
      place = skipSpace(bytes, place + 1);
      return kind === OPEN_OBJECT ? afterName(bytes, place) : place;
    }
    if (byte !== closing(kind)) return NOT_JSON;
    open.pop();
    place += 1;
  }
  return place;
}

function closing(open: number): number {
  return open === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_LIST;
}

/** Where the value of a property begins whose name begins at `at`. */
function afterName(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== QUOTE) return NOT_JSON;
  const end = endOfString(bytes, at);
  if (end === NOT_JSON) return NOT_JSON;
  const colon = skipSpace(bytes, end);
  return bytes[colon] === COLON ? skipSpace(bytes, colon + 1) : NOT_JSON;
}

function endOfScalar(bytes: Uint8Array, at: number, numbers: NumbersSeen): number {
  const byte = bytes[at];
  if (byte === QUOTE) return endOfString(bytes, at);
  if (byte === MINUS || isDigit(byte)) return endOfNumber(bytes, at, numbers);
  if (byte === SMALL_N) return endOfWord(bytes, at, NULL);
  return endOfWord(bytes, at, byte === SMALL_T ? TRUE : FALSE);
}

function endOfWord(bytes: Uint8Array, at: number, word: Uint8Array): number {
  for (let nth = 0; nth < word.length; nth += 1) if (bytes[at + nth] !== word[nth]) return NOT_JSON;
  return at + word.length;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function endOfNumber(bytes: Uint8Array, at: number, numbers: NumbersSeen): number {
  const first = bytes[at] === MINUS ? at + 1 : at;
  let place = bytes[first] === ZERO ? first + 1 : endOfDigits(bytes, first);
  if (place !== NOT_JSON && bytes[place] === POINT) place = endOfDigits(bytes, place + 1);
  if (place !== NOT_JSON && (bytes[place] === SMALL_E || bytes[place] === LARGE_E)) {
    numbers.areDelicate = true;
    const sign = bytes[place + 1];
    place = endOfDigits(bytes, place + (sign === PLUS || sign === MINUS ? 2 : 1));
  }
  if (place - at > SAFE_CHARACTERS) numbers.areDelicate = true;
  return place;
}

/** The byte after one digit or more. */
function endOfDigits(bytes: Uint8Array, at: number): number {
  let place = at;
  while (isDigit(bytes[place])) place += 1;
  return place > at ? place : NOT_JSON;
}
