/**
 * How a name is found again, in a warehouse and in what Harvest sends, by the same rule: a text is a row of words, made
 * of letters and digits, whatever their case. `Jane O'Neil` is three words, `jane@acme.example` too. A name of one word is
 * only found where it is all of a text, and never in free text: that may be about anything. One of several words is also
 * found within a longer text. Pure.
 */
import { createHmac } from 'node:crypto';

const WORD = /[\p{L}\p{N}]+/gu;

/** The words of a text. */
export function wordsOf(text: string): readonly string[] {
  return asWritten(text).map((word) => word.toLowerCase());
}

/** The lower case of `İ` is an `i` and a dot of its own, which would part words. */
function asWritten(text: string): readonly string[] {
  return text.replaceAll(/i\u0307/gi, 'İ').match(WORD) ?? [];
}

/** What is between words, and where a word may begin or end; in JSON text a line break is a backslash and a letter. */
const BETWEEN = { text: String.raw`[^\p{L}\p{N}]`, json: String.raw`(?:[^\p{L}\p{N}]|\\[bfnrt])` } as const;

/**
 * A regular expression of RE2 that finds these names; null: there are none.
 *
 * @param within what is searched: plain text, or JSON that holds texts
 */
export function patternOf(names: readonly string[], within: keyof typeof BETWEEN): string | null {
  const between = BETWEEN[within];
  const texts = [...new Set(names.map((name) => asWritten(name).map(eitherCase).join(' ')))].filter(
    (text) => text !== '',
  );
  if (texts.length === 0) return null;
  const [start, end] = within === 'json' ? ['"', '"'] : ['^', '$'];
  const single = texts.filter((text) => !text.includes(' '));
  const several = texts
    .filter((text) => text.includes(' '))
    .map((text) => text.replaceAll(' ', `${between}+`));
  const parts = [
    ...(single.length === 0 ? [] : [`${start}${between}*(?:${single.join('|')})${between}*${end}`]),
    ...(several.length === 0 ? [] : [`(?:^|${between})(?:${several.join('|')})(?:$|${between})`]),
  ];
  return `(?i)${parts.map((part) => `(?:${part})`).join('|')}`;
}

/** A word for a pattern. `İ` has no lower case of one letter, and RE2 takes it for no case of `i`. */
function eitherCase(word: string): string {
  const lower = word.toLowerCase();
  return lower.length === word.length ? lower : `(?:${lower}|${word})`;
}

/** A name as a tombstone keeps it: number of words, hint, keyed hash. The hint is 12 bits of the first word's hash. */
export function digestOf(words: readonly string[], key: string): string {
  return `${words.length}:${hintOf(words[0] ?? '', key)}:${hashOf(words, key)}`;
}

/** What a tombstone knows its key by: the digest of no name at all. */
export function markOf(key: string): string {
  return digestOf([], key);
}

function hashOf(words: readonly string[], key: string): string {
  return createHmac('sha256', key)
    .update(`erased name\n${words.join(' ')}`, 'utf8')
    .digest('hex');
}

function hintOf(word: string, key: string): string {
  return createHmac('sha256', key).update(`erased word\n${word}`, 'utf8').digest('hex').slice(0, 3);
}

/** Words that were looked at are remembered up to this number: texts repeat theirs. */
const WORDS_KEPT = 50_000;

/** Finds names by their digests. */
export class NameFinder {
  readonly #key: string;
  /** Digests by the hint of their first word. */
  readonly #digests = new Map<string, Set<string>>();
  readonly #lengths = new Set<number>();
  readonly #hints = new Map<string, string>();

  constructor(digests: Iterable<string>, key: string) {
    this.#key = key;
    for (const digest of digests) {
      const [length = '', hint = ''] = digest.split(':');
      this.#lengths.add(Number(length));
      this.#digests.set(hint, (this.#digests.get(hint) ?? new Set()).add(digest));
    }
  }

  /** Whether a text is one of the names, or holds one of several words. */
  finds(text: string): boolean {
    const words = wordsOf(text);
    return words.length === 1 ? this.#lengths.has(1) && this.#isName(words) : this.#findsWithin(words);
  }

  /** Whether free text holds a name of several words. */
  findsWithin(text: string): boolean {
    return this.#findsWithin(wordsOf(text));
  }

  #findsWithin(words: readonly string[]): boolean {
    if (this.#lengths.size === 0) return false;
    return words.some((word, at) => {
      if (!this.#digests.has(this.#hintOf(word))) return false;
      return [...this.#lengths].some(
        (length) => length > 1 && at + length <= words.length && this.#isName(words.slice(at, at + length)),
      );
    });
  }

  #isName(words: readonly string[]): boolean {
    return this.#digests.get(this.#hintOf(words[0] ?? ''))?.has(digestOf(words, this.#key)) === true;
  }

  #hintOf(word: string): string {
    const known = this.#hints.get(word);
    if (known !== undefined) return known;
    const hint = hintOf(word, this.#key);
    if (this.#hints.size >= WORDS_KEPT) this.#hints.clear();
    this.#hints.set(word, hint);
    return hint;
  }
}
