/** Leaves out steps for as long as the run still fails. */
import type { Drive, Driven } from './drive.ts';

/** How a smaller run was found. */
export interface Shrunk {
  readonly plan: Drive;
  readonly driven: Driven;
}

/**
 * Ends the run at the step that failed, then leaves out ever smaller groups of steps, until none can be left out or
 * the time is over. Any failure counts.
 */
export async function shrink(
  failed: Shrunk,
  run: (plan: Drive) => Promise<Driven>,
  untilMs: number,
): Promise<Shrunk> {
  let best = failed;
  const first = best.driven.failure?.step ?? best.plan.steps;
  let size = Math.max(1, Math.floor(first / 2));
  for (;;) {
    const present = stepsOf(best);
    let isSmaller = false;
    for (let at = 0; at < present.length && performance.now() < untilMs; at += size) {
      const group = present.slice(at, at + size);
      const plan: Drive = {
        ...best.plan,
        steps: best.driven.failure?.step ?? best.plan.steps,
        without: new Set([...(best.plan.without ?? []), ...group]),
      };
      const driven = await run(plan);
      if (driven.failure === null) continue;
      best = { plan, driven };
      isSmaller = true;
    }
    if (performance.now() >= untilMs || (size === 1 && !isSmaller)) return best;
    size = Math.max(1, Math.floor(size / 2));
  }
}

/** Steps that are still carried out before the failure. */
function stepsOf({ plan, driven }: Shrunk): readonly number[] {
  const last = (driven.failure?.step ?? plan.steps) - 1;
  return Array.from({ length: last }, (_, index) => index + 1).filter(
    (step) => plan.without?.has(step) !== true,
  );
}
