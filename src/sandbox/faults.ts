/** Misbehaving on purpose, at the n-th request that matches. */
import { unprocessable } from './answer.ts';
import type { Rec } from './model.ts';

export type FaultKind =
  'status' | 'cut' | 'slow' | 'html' | 'truncated' | 'repeat' | 'malformed' | 'shift' | 'count' | 'edit';

const KINDS: readonly string[] = [
  'status', 'cut', 'slow', 'html', 'truncated', 'repeat', 'malformed', 'shift', 'count', 'edit',
]; // prettier-ignore

export interface Fault {
  /** Regular expression on `GET /v2/clients?page=2`. */
  readonly match: string;
  /** From which match on, counted from 1; 1 by default. */
  readonly nth?: number;
  /** How many matches; 1 by default, 0: for ever. */
  readonly times?: number;
  /**
   * status: answer `status` (with `retryAfter` seconds) · cut: drop the connection, after half the body where `value`
   * is "middle" · slow: wait `ms` · html: a page of HTML with 200 · truncated: half of the JSON, whole as HTTP ·
   * repeat: `links.next` leads back to the same page · malformed: `value` in `field` (dotted) of the first record, or
   * of the one with `id` · shift: before answering, the newest time entry goes, or one more comes where `value` is
   * "insert" · count: `total_entries` is off by `value` · edit: before answering, `act` is called (in the same process).
   */
  readonly do: FaultKind;
  readonly status?: number;
  readonly retryAfter?: number;
  readonly ms?: number;
  readonly field?: string;
  readonly value?: unknown;
  readonly id?: number;
  readonly act?: () => void;
}

interface Armed {
  readonly fault: Fault;
  readonly pattern: RegExp;
  seen: number;
}

export class Faults {
  #armed: Armed[] = [];

  /** @throws Refusal 422 where it makes no sense */
  add(fault: Fault): void {
    if (typeof fault.match !== 'string' || !KINDS.includes(fault.do)) throw unprocessable('Not a fault');
    if (fault.do === 'edit' && typeof fault.act !== 'function') throw unprocessable('Not a fault');
    this.#armed.push({ fault, pattern: patternOf(fault.match), seen: 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The faults that this request meets, in the order they were added. */
  of(request: string): readonly Fault[] {
    const met: Fault[] = [];
    for (const armed of this.#armed) {
      if (!armed.pattern.test(request)) continue;
      armed.seen += 1;
      const first = armed.fault.nth ?? 1;
      const times = armed.fault.times ?? 1;
      if (armed.seen >= first && (times === 0 || armed.seen < first + times)) met.push(armed.fault);
    }
    return met;
  }
}

function patternOf(match: string): RegExp {
  try {
    return new RegExp(match);
  } catch {
    throw unprocessable('match is not a regular expression');
  }
}

/** Whether a fault acts on what the body says, or on how much of it there is. */
export function spoils(fault: Fault): boolean {
  return ['repeat', 'malformed', 'count', 'truncated'].includes(fault.do);
}

/** A body with the faults that act on its content. The url is the request's own, absolute. */
export function spoil(body: unknown, faults: readonly Fault[], url: string): unknown {
  let spoiled = body;
  for (const fault of faults) {
    if (fault.do === 'repeat') spoiled = repeat(spoiled, url);
    if (fault.do === 'malformed') spoiled = malform(spoiled, fault);
    if (fault.do === 'count') spoiled = miscount(spoiled, Number(fault.value));
  }
  return spoiled;
}

function repeat(body: unknown, url: string): unknown {
  const page = body as { links?: Rec };
  return page.links === undefined ? body : { ...page, links: { ...page.links, next: url } };
}

function miscount(body: unknown, by: number): unknown {
  const page = body as { total_entries?: number };
  return page.total_entries === undefined
    ? body
    : { ...page, total_entries: Math.max(0, page.total_entries + by) };
}

function malform(body: unknown, fault: Fault): unknown {
  const copy = structuredClone(body) as Rec;
  const list = Object.values(copy).find((value) => Array.isArray(value)) as Rec[] | undefined;
  const path = (fault.field ?? 'id').split('.');
  const last = path.pop() ?? 'id';
  const chosen = fault.id === undefined ? list?.[0] : list?.find((record) => record['id'] === fault.id);
  let target: unknown = list === undefined ? copy : chosen;
  for (const key of path) target = (target as Rec | undefined)?.[key];
  if (typeof target === 'object' && target !== null) {
    (target as Rec)[last] = fault.value === undefined ? { unexpected: true } : fault.value;
  }
  return copy;
}
