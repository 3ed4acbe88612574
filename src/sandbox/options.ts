/** How a sandbox is started, with its defaults worked out. */
import type { Modules } from './model.ts';

export interface SandboxLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/** Harvest's two rate limits. Reports count against both. */
export interface SandboxLimits {
  readonly general: SandboxLimit;
  readonly reports: SandboxLimit;
}

/** How a sandbox is started; all that is absent has its default. */
export interface SandboxOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Absent: 127.0.0.1 */
  readonly host?: string;
  /** The same seed, size and day give the same account. */
  readonly seed?: number;
  /** tiny: about 200 time entries · studio: 3,000 (the default) · agency: 60,000 · or their number. */
  readonly size?: 'tiny' | 'studio' | 'agency' | number;
  /** How many of something there are, where it is not what the size gives. */
  readonly scale?: Partial<Scale>;
  /** off (the default) · real: 100 in 15 s and 100 reports in 15 min · or limits of a test's own. */
  readonly limits?: 'off' | 'real' | SandboxLimits;
  /** Added to every answer. */
  readonly latencyMs?: number;
  /** ISO instant at which the sandbox's clock starts; absent: the real time. */
  readonly now?: string;
  /** runs (the default): the clock goes on with real time · stands: it moves only where it is put forward. */
  readonly clock?: 'runs' | 'stands';
  /** Records that a page holds at most, whatever per_page asks for; absent: 2000, as at Harvest. */
  readonly largestPage?: number;
  /** Whether time entries are made into bytes before the start, for benchmarks; the first edit undoes it. Off by default. */
  readonly preparedEntries?: boolean;
  /** Modules that are switched on; all by default. */
  readonly modules?: Partial<Modules>;
  /** Whether the hours of a running timer grow with the clock (without a new updated_at). Off by default. */
  readonly liveTimers?: boolean;
  /** Whether assignments and project budgets leave out archived ones where is_active is not given. Off by default. */
  readonly hideArchived?: boolean;
  /** Whether a deleted payment or message gives its invoice or estimate a new updated_at. Off by default. */
  readonly deletedChildTouches?: boolean;
  readonly oauth?: {
    /** Life of an access token from the token endpoint; two weeks by default. */
    readonly expiresInSeconds?: number;
    /** Whether a refresh token is good for one use only. Off by default. */
    readonly rotate?: boolean;
  };
}

const SIZES = { tiny: 200, studio: 3000, agency: 60_000 } as const;

/** How many of everything an account of a size has. */
export interface Scale {
  readonly entries: number;
  readonly days: number;
  readonly people: number;
  readonly clients: number;
  readonly projects: number;
  readonly invoices: number;
  readonly expenses: number;
}

export function scaleOf(size: SandboxOptions['size'] = 'studio'): Scale {
  const entries = typeof size === 'number' ? Math.max(0, Math.trunc(size)) : SIZES[size];
  const power = (factor: number, exponent: number, least: number): number =>
    Math.max(least, Math.round(factor * entries ** exponent));
  const years = entries <= 500 ? 0.7 : entries <= 10_000 ? 2.2 : entries <= 200_000 ? 4 : 7;
  return {
    entries,
    days: Math.round(years * 365),
    people: power(1.1, 0.31, 6),
    clients: power(1.2, 0.3, 5),
    projects: power(2.2, 0.31, 9),
    invoices: power(1, 0.45, 10),
    expenses: power(1, 0.6, 20),
  };
}

/** Harvest's documented limits. */
export const REAL_LIMITS: SandboxLimits = {
  general: { requests: 100, windowMs: 15_000 },
  reports: { requests: 100, windowMs: 900_000 },
};

export function modulesOf(modules: Partial<Modules> = {}): Modules {
  return { expense: true, invoice: true, estimate: true, approval: true, team: true, ...modules };
}
