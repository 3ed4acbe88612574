import { inspect } from 'node:util';

/**
 * A value that hides itself: text, JSON, inspection and template strings show `[secret]`. `reveal` is called only
 * where a request is signed or a column is hashed.
 */
export class Secret {
  readonly #value: string;
  /** Where it came from, for messages: `${HARVEST_ACCESS_TOKEN}`, `file:///run/token`. */
  readonly origin: string;

  constructor(value: string, origin: string) {
    this.#value = value;
    this.origin = origin;
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
