import { inspect } from 'node:util';

/**
 * A value that hides itself: text, JSON, inspection and template strings show `[secret]`. `reveal` is called only
 * where a request is signed or a column is hashed.
 */
export class Secret {
  readonly #value: string;
  /** Where it came from, for messages: `${HARVEST_ACCESS_TOKEN}`, `file:///run/token`. */
  readonly origin: string;
  /** The version that the reference led to, where its keeper counts them; null: unknown. */
  readonly version: string | null;

  constructor(value: string, origin: string, version: string | null = null) {
    this.#value = value;
    this.origin = origin;
    this.version = version;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
