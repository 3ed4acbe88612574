import type { Transition } from '../warehouse.ts';

/** How watched columns change: each pair of before and after once, with the newest time of its rows. */
export class Transitions {
  readonly #seen = new Map<string, Transition>();

  /** Takes a row into account. */
  see(transition: Transition): void {
    const id = JSON.stringify([transition.before, transition.after]);
    const known = this.#seen.get(id)?.latest ?? null;
    const { latest } = transition;
    const isNewer = known === null || (latest !== null && Date.parse(latest) > Date.parse(known));
    this.#seen.set(id, { ...transition, latest: isNewer ? latest : known });
  }

  get all(): readonly Transition[] {
    return [...this.#seen.values()];
  }
}
