/** Choices that follow from a seed, so that a run can be replayed. */
import { randomFrom } from '../support/random.ts';

/** Repeatable choices. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    // neighbouring seeds begin alike
    for (let turn = 0; turn < 3; turn += 1) this.#random();
  }

  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  /** One of some; undefined where there is none. */
  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  /** One of some, of which there has to be one. */
  one<Item>(items: readonly Item[]): Item {
    const item = this.pick(items);
    if (item === undefined) throw new RangeError('nothing to choose from');
    return item;
  }

  /** All in another order. */
  shuffle<Item>(items: readonly Item[]): readonly Item[] {
    return items
      .map((item) => ({ item, at: this.#random() }))
      .toSorted((left, right) => left.at - right.at)
      .map(({ item }) => item);
  }

  /** One of some by their weight. */
  weighed<Item extends { readonly weight: number }>(items: readonly Item[]): Item {
    let left = this.#random() * items.reduce((sum, { weight }) => sum + weight, 0);
    for (const item of items) {
      left -= item.weight;
      if (left < 0) return item;
    }
    return this.one(items);
  }
}

/** The dice of one step: they do not depend on the other steps, so that a step can be left out. */
export function diceOf(seed: number, step: number): Dice {
  return new Dice((seed * 1_000_003 + step * 7_919) | 0);
}
