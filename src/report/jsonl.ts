import type { Emit } from '../events.ts';
import type { Write } from './reporter.ts';

/** Every event as one JSON line, whole, with the time and the run it belongs to. */
export function createJsonlSink(write: Write, runId: string, now: () => Date): Emit {
  return (event) => {
    write(`${JSON.stringify({ time: now().toISOString(), run_id: runId, ...event })}\n`);
  };
}
