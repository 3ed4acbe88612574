/** How a run ended, from how its streams ended. Pure. */
import { EXIT_PARTIAL } from '../error-kinds.ts';
import type { Failure, RunOutcome, StreamResult } from '../events.ts';

/**
 * The outcome and exit code of a run. A failure of the run itself decides; otherwise: nothing failed → 0, some
 * failed → 5, all failed for one cause → its own code, for several → 5. Skipped streams do not count.
 */
export function outcomeOf(
  streams: readonly StreamResult[],
  failure: Failure | null,
): { readonly outcome: RunOutcome; readonly exitCode: number } {
  if (failure !== null) {
    return {
      outcome: failure.kind === 'interrupted' ? 'interrupted' : 'failed',
      exitCode: failure.exit_code,
    };
  }
  const failures = streams.flatMap((stream) => (stream.failure === null ? [] : [stream.failure]));
  const succeeded = streams.some(({ outcome }) => outcome === 'ok');
  const [first] = failures;
  if (first === undefined) return { outcome: 'ok', exitCode: 0 };
  if (succeeded) return { outcome: 'partial', exitCode: EXIT_PARTIAL };
  const isOneCause = failures.every(({ code }) => code === first.code);
  return { outcome: 'failed', exitCode: isOneCause ? first.exit_code : EXIT_PARTIAL };
}
