import { ConnectorError } from '../../src/errors.ts';
import type { SyncEvent } from '../../src/events.ts';

/** Stops a run at the n-th checkpoint of a stream, or another event of it. */
export function stopAt(
  stream: string,
  nth = 1,
  name: SyncEvent['event'] = 'checkpoint.saved',
): { signal: AbortSignal; onEvent: (event: SyncEvent) => void } {
  const stop = new AbortController();
  let seen = 0;
  return {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.event !== name || !('stream' in event) || event.stream !== stream) return;
      seen += 1;
      if (seen === nth) stop.abort(new ConnectorError('RUN_INTERRUPTED', 'stopped by SIGINT'));
    },
  };
}
