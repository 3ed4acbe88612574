/** How an edit gets at the account: it chooses with the dice of its step. */
import type { SandboxAccount } from '../../src/sandbox/sandbox-account.ts';
import type { Writable } from '../../src/sandbox/writes.ts';
import type { Dice } from './dice.ts';
import type { SwitchedModule } from './world.ts';

/** A record as the account shows it. */
export type Shown = Readonly<Record<string, unknown>>;

/** One kind of edit. */
export interface Edit {
  readonly name: string;
  readonly weight: number;
  /** The module that has to be on for it. */
  readonly module?: SwitchedModule;
  /** Does it and says what was done; null where there was nothing to do it with. */
  readonly act: (hand: Hand) => string | null;
}

const WORDS = [
  'Relaunch', 'Änderung “A”', "O'Neill & Söhne", 'back\\slash', '东京', 'line\nbreak', 'tab\there', '100 % [x]', 'NULL',
  'a|b', '🧾 Beleg', '', '  spaces ', '"quoted"', '{"json":1}',
] as const; // prettier-ignore

export class Hand {
  readonly account: SandboxAccount;
  readonly dice: Dice;
  readonly #broken: ReadonlyMap<string, unknown>;

  /** `broken`: records, by table and id, that nobody edits for now. */
  constructor(account: SandboxAccount, dice: Dice, broken: ReadonlyMap<string, unknown>) {
    this.account = account;
    this.dice = dice;
    this.#broken = broken;
  }

  all(kind: string): readonly Shown[] {
    const all: readonly Shown[] = [...this.account.truth(kind)];
    return this.#broken.size === 0
      ? all
      : all.filter((each) => !this.#broken.has(`${kind} #${String(each['id'])}`));
  }

  /** One record that passes a test. */
  pick(kind: string, test: (record: Shown) => boolean = () => true): Shown | undefined {
    return this.dice.pick(this.all(kind).filter(test));
  }

  id(kind: string, test?: (record: Shown) => boolean): number | null {
    const found = this.pick(kind, test);
    return found === undefined ? null : Number(found['id']);
  }

  /** The date so many days from today. */
  day(offset: number): string {
    const ms = this.account.clock.nowMs() + offset * 86_400_000;
    return new Date(ms).toISOString().slice(0, 10);
  }

  /** A name that is no empty text. */
  name(): string {
    return `${this.dice.one(WORDS)} ${this.dice.int(1, 999)}`;
  }

  text(): string {
    return this.dice.one(WORDS);
  }

  /** Money or hours with as many decimals as Harvest sends. */
  amount(most: number): number {
    const digits = this.dice.one([0, 1, 2]);
    return Number((this.dice.int(0, most * 100) / 100).toFixed(digits));
  }

  /** Changes one record of a kind, if there is one. */
  change(
    kind: Writable,
    body: (record: Shown) => Record<string, unknown>,
    test?: (record: Shown) => boolean,
  ) {
    const record = this.pick(kind, test);
    if (record === undefined) return null;
    const given = body(record);
    this.account.update(kind, Number(record['id']), given);
    return `${kind} ${String(record['id'])}: ${JSON.stringify(given)}`;
  }

  add(kind: Writable, body: Record<string, unknown>): string {
    const id = this.account.create(kind, body);
    return `new ${kind} ${id}: ${JSON.stringify(body)}`;
  }

  /** Deletes one record that Harvest lets go; the administrator and the people of the other tokens stay. */
  drop(kind: Writable, test: (record: Shown) => boolean = () => true): string | null {
    const people = new Set<unknown>(Object.values(this.account.data.people));
    const candidates = this.all(kind).filter(
      (each) => test(each) && (kind !== 'users' || !people.has(each['id'])),
    );
    for (const { id } of this.dice.shuffle(candidates)) {
      try {
        this.account.remove(kind, Number(id));
        return `deleted ${kind} ${String(id)}`;
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    return null;
  }
}

/** Whether the account refused an edit, as Harvest would. */
export function isRefusal(error: unknown): boolean {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : null;
  return status === 404 || status === 422;
}

/** The record that a reference points at. */
export function within(record: Shown, reference: string): unknown {
  return (record[reference] as Shown | null)?.['id'];
}
