/**
 * Numbers in the bytes of a record that stand in a row as they were sent: a double carries each of them exactly, and its
 * shortest spelling is the one that was sent, but for zeros at the end of a fraction. Pure.
 */

const [MINUS, POINT, ZERO, NINE, SMALL_E, LARGE_E] = [0x2d, 0x2e, 0x30, 0x39, 0x65, 0x45];

/** Characters of a number that a double carries exactly, whatever they are. */
const SAFE_CHARACTERS = 15;

/** Decimals that NUMERIC holds. */
const MOST_DECIMALS = 9;

/** In place of an end: it is no number, or one that needs a second look. */
export const NOT_PLAIN = -1;

/** The byte after a whole number that begins at `from`, or NOT_PLAIN. */
export function endOfWhole(bytes: Uint8Array, from: number): number {
  const start = bytes[from] === MINUS ? from + 1 : from;
  const end = endOfDigits(bytes, start);
  const isOdd = end === start || end - from > SAFE_CHARACTERS || goesOn(bytes[end]);
  // minus zero is a zero with another spelling
  return isOdd || (start > from && bytes[start] === ZERO) ? NOT_PLAIN : end;
}

/** The byte after a decimal that begins at `from`, or NOT_PLAIN. */
export function endOfDecimal(bytes: Uint8Array, from: number): number {
  const start = bytes[from] === MINUS ? from + 1 : from;
  const point = endOfDigits(bytes, start);
  const end = bytes[point] === POINT ? endOfDigits(bytes, point + 1) : point;
  const isOdd = point === start || end - from > SAFE_CHARACTERS || goesOn(bytes[end]);
  if (isOdd || end - point - 1 > MOST_DECIMALS) return NOT_PLAIN;
  return start > from && bytes[start] === ZERO ? NOT_PLAIN : end;
}

/** Where a decimal ends that is written without zeros at the end of its fraction. */
export function withoutZeros(bytes: Uint8Array, from: number, end: number): number {
  let point = from;
  while (point < end && bytes[point] !== POINT) point += 1;
  if (point === end) return end;
  let last = end;
  while (bytes[last - 1] === ZERO) last -= 1;
  return last === point + 1 ? point : last;
}

function endOfDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[at] ?? 0) at += 1;
  return at;
}

function goesOn(byte: number | undefined): boolean {
  return byte === POINT || byte === SMALL_E || byte === LARGE_E;
}
