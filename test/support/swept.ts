/** What the rolling sweep of a run asked Harvest for. */
import type { EngineRun } from './engine.ts';

/** `GET` targets of the rolling sweep, in the order of sending. */
export function sweptBy({ events }: EngineRun): readonly string[] {
  return events.flatMap((event) =>
    event.event === 'request.sent' && event.purpose === 'sweep' ? [event.url] : [],
  );
}
