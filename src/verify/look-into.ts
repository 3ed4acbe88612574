import { compareFactRows } from './fact-rows.ts';
import type { Comparable } from './facts.ts';
import { holdsRejected, type Cause } from './rejected.ts';
import type { Scope } from './scope.ts';

/** Months of one kind of facts that are read again; each takes a request for every 2,000 facts. */
const MONTHS_LOOKED_INTO = 12;

/** Of several causes that do not count the one that is told. */
const UNCOUNTED = ['rejected', 'changed'] as const;

/**
 * Looks at the single facts of a month whose sums differ, once, and tells why they do: what Harvest changed after the last
 * sync, or changes without telling, and records that break their schema, do not count if they are all there is.
 */
export async function lookInto(month: string, comparable: Comparable, scope: Scope): Promise<Cause> {
  const { stream } = comparable.fact;
  const known = scope.causes.get(stream) ?? new Map<string, Cause>();
  scope.causes.set(stream, known);
  const before = known.get(month);
  if (before !== undefined) return before;
  if (known.size >= MONTHS_LOOKED_INTO) {
    scope.findings.leaveOut(
      stream,
      `the single rows of months beyond the first ${MONTHS_LOOKED_INTO} that differ`,
    );
    return holdsRejected(stream, month, scope) ? 'rejected' : 'differs';
  }
  const causes = await compareFactRows(comparable, month, scope);
  // sums that no single fact explains differ for a reason that nobody can name
  const isCounted = causes.size === 0 || causes.has('differs');
  const least = UNCOUNTED.find((each) => causes.has(each)) ?? 'lag';
  const cause = isCounted ? 'differs' : least;
  known.set(month, cause);
  return cause;
}
