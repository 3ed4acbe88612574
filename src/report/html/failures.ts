/** The failures of a run as its history tells of them, each with its next step. Pure. */
import { ERROR_TABLE, type ErrorCode } from '../../error-codes.ts';
import type { NotedFailure, ReportedFailure, ReportedRun, ReportedStream } from './facts.ts';

/** What is said of a run whose process was killed: nobody was left to note a code. */
const CRASHED: ReportedFailure = {
  code: 'CRASHED',
  streams: [],
  message: 'The process ended without a word. The run after it found the lock that it had left behind.',
  cause: 'It was killed, ran out of memory, or the machine went down.',
  next_step: 'Nothing is lost: rows and checkpoints are stored together. Run: harvest-bq sync',
};

/** The failure of the run as a whole first, then those of its streams; the same of several streams once. */
export function failuresOf(
  run: ReportedRun | null,
  streams: readonly ReportedStream[],
): readonly ReportedFailure[] {
  const own = run === null ? null : (explain(run) ?? (run.outcome === 'crashed' ? CRASHED : null));
  const together = new Map<string, ReportedFailure>();
  for (const stream of streams) {
    const failure = explain(stream);
    if (failure === null || (own?.code === failure.code && own.message === failure.message)) continue;
    const key = JSON.stringify([failure.code, failure.message]);
    const others = together.get(key)?.streams ?? [];
    together.set(key, { ...failure, streams: [...others, stream.stream] });
  }
  return [...(own === null ? [] : [own]), ...together.values()];
}

/** A run of an older version noted the code alone; a code of a newer one has no line in the table. */
function explain({ error_code: code, error_message: message, next_step: step }: NotedFailure) {
  if (code === null) return null;
  const known = Object.hasOwn(ERROR_TABLE, code) ? ERROR_TABLE[code as ErrorCode] : null;
  return {
    code,
    streams: [],
    message: message ?? known?.meaning ?? 'What happened was not noted.',
    cause: known?.cause ?? null,
    next_step: step ?? known?.hint ?? 'Look at the log of the run.',
  };
}
