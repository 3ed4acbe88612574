/**
 * Finding one's way through the bytes of a JSON text without parsing it. Pure. Nothing here tells whether the text is JSON; of
 * one that is, each function gives the place that it promises, and of any other some place that is not behind its end.
 */

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [SPACE, TAB, LINE_FEED, RETURN] = [0x20, 0x09, 0x0a, 0x0d];
const [ZERO, NINE, MINUS, PLUS, POINT, SMALL_E, LARGE_E] = [0x30, 0x39, 0x2d, 0x2b, 0x2e, 0x65, 0x45];
const [SMALL_A, SMALL_Z] = [0x61, 0x7a];

/** Characters that a number has at most if a double carries it for certain. */
const SAFE_CHARACTERS = 15;

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

/** The byte after a text that begins with the quote at `at`. */
export function endOfString(bytes: Uint8Array, at: number): number {
  const { length } = bytes;
  for (let place = at + 1; place < length; place += 1) {
    const byte = bytes[place];
    if (byte === QUOTE) return place + 1;
    if (byte === BACKSLASH) place += 1;
  }
  return length;
}

/** The byte after the value that begins at `at`. */
export function endOfValue(bytes: Uint8Array, at: number, numbers: NumbersSeen): number {
  const { length } = bytes;
  let depth = 0;
  for (let place = at; place < length;) {
    const byte = bytes[place] ?? 0;
    if (byte === QUOTE) place = endOfString(bytes, place);
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth += 1;
      place += 1;
      continue;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1;
      place += 1;
    } else if (byte === COMMA || byte === COLON) {
      place += 1;
      continue;
    } else if (byte === MINUS || isDigit(byte)) place = endOfNumber(bytes, place, numbers);
    else place = endOfWord(bytes, place);
    if (depth <= 0) return place;
  }
  return length;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function endOfNumber(bytes: Uint8Array, at: number, numbers: NumbersSeen): number {
  let place = at + 1;
  for (; place < bytes.length; place += 1) {
    const byte = bytes[place] ?? 0;
    if (isDigit(byte) || byte === POINT) continue;
    if (byte === SMALL_E || byte === LARGE_E) numbers.areDelicate = true;
    else if (byte !== PLUS && byte !== MINUS) break;
  }
  if (place - at > SAFE_CHARACTERS) numbers.areDelicate = true;
  return place;
}

/** The byte after `true`, `false` or `null`, or after one of anything else. */
function endOfWord(bytes: Uint8Array, at: number): number {
  let place = at + 1;
  for (; place < bytes.length; place += 1) {
    const byte = bytes[place] ?? 0;
    if (byte < SMALL_A || byte > SMALL_Z) break;
  }
  return place;
}
