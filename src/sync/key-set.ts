/**
 * Distinct keys of records, compact: a list of millions is read as one window. Pure. Ids, which nearly all keys are,
 * lie as numbers outside of the heap, 13 to 27 bytes each; in a `Set` their texts take some 55, of the heap, whose limit
 * is low. Always holds: it answers what a `Set` of the texts would, but for the order.
 */

/** A power of two; most windows are small. */
const FIRST_SLOTS = 16;

/** Slots that may be filled, of ten: beyond, looking for one that is free takes long. */
const FILLED_OF_TEN = 6;

/** Digits of the largest safe integer. */
const MOST_DIGITS = 16;

const DIGIT_ZERO = 48;

/** Distinct keys of records, as text. Keys cannot be taken out again. */
export class KeySet implements Iterable<string> {
  /** Open addressing: each id plus one in the first free slot from where its hash points; zero is a free slot. */
  #slots = new Float64Array(FIRST_SLOTS);
  #ids = 0;
  /** Keys that are no ids: texts, keys of several parts, numbers that are written in another way or too large. */
  readonly #texts = new Set<string>();

  /** How many distinct keys there are. */
  get size(): number {
    return this.#ids + this.#texts.size;
  }

  /** Adds a key. Answers whether it was not there yet. */
  add(key: string): boolean {
    const id = idOf(key);
    if (id !== null) return this.#addId(id);
    const { size } = this.#texts;
    return this.#texts.add(key).size > size;
  }

  /** Adds the key that is the decimal text of a number. Answers whether it was not there yet. */
  addNumber(id: number): boolean {
    return Number.isSafeInteger(id) && id >= 0 ? this.#addId(id) : this.add(String(id));
  }

  /** Whether a key was added. */
  has(key: string): boolean {
    const id = idOf(key);
    return id === null ? this.#texts.has(key) : this.#slots[slotOf(this.#slots, id)] !== 0;
  }

  /** All keys, each once, in no particular order. Nothing may be added meanwhile. */
  *[Symbol.iterator](): Iterator<string> {
    for (const slot of this.#slots) if (slot !== 0) yield String(slot - 1);
    yield* this.#texts;
  }

  #addId(id: number): boolean {
    const at = slotOf(this.#slots, id);
    if (this.#slots[at] !== 0) return false;
    this.#slots[at] = id + 1;
    this.#ids += 1;
    if (this.#ids * 10 > this.#slots.length * FILLED_OF_TEN) this.#grow();
    return true;
  }

  #grow(): void {
    const larger = new Float64Array(this.#slots.length * 2);
    for (const slot of this.#slots) if (slot !== 0) larger[slotOf(larger, slot - 1)] = slot;
    this.#slots = larger;
  }
}

/** The safe integer from zero that a key is the decimal text of; null: it is none. */
function idOf(key: string): number | null {
  const { length } = key;
  if (length === 0 || length > MOST_DIGITS || (length > 1 && key.startsWith('0'))) return null;
  let id = 0;
  for (let at = 0; at < length; at += 1) {
    const digit = key.charCodeAt(at) - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return null;
    id = id * 10 + digit;
  }
  return id <= Number.MAX_SAFE_INTEGER ? id : null;
}

/** The slot that holds an id, or the free one where it belongs. */
function slotOf(slots: Float64Array, id: number): number {
  const mask = slots.length - 1;
  let at = hashOf(id) & mask;
  while (slots[at] !== 0 && slots[at] !== id + 1) at = (at + 1) & mask;
  return at;
}

/** 32 bits in which neighbours lie apart: ids of an account come in runs, and often in steps. The finalizer of MurmurHash3. */
function hashOf(id: number): number {
  let bits = id ^ Math.imul(Math.floor(id / 0x1_0000_0000), 0x9e37_79b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return bits ^ (bits >>> 16);
}
