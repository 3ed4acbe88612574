import type { SyncEvent } from '../events.ts';
import { hear, NOTHING_HEARD, type LiveState } from './live/state.ts';

/** How far a run is. */
export interface RunProgress {
  /** Streams of the run; 0 before it started. */
  readonly streams: number;
  /** Streams that ended, in whatever way. */
  readonly done: number;
  readonly rows: number;
  readonly requests: number;
  /** Streams under way, with their newest page. */
  readonly running: ReadonlyMap<string, string>;
  /** What a live view would know: how much of the limits is used. */
  readonly heard: LiveState;
}

export const NO_PROGRESS: RunProgress = {
  streams: 0,
  done: 0,
  rows: 0,
  requests: 0,
  running: new Map(),
  heard: NOTHING_HEARD,
};

/** The progress after one more event; `nowMs`: when it was heard. */
export function advance(before: RunProgress, event: SyncEvent, nowMs: number): RunProgress {
  return count({ ...before, heard: hear(before.heard, event, nowMs) }, event);
}

function count(progress: RunProgress, event: SyncEvent): RunProgress {
  const { event: name } = event;
  if (name === 'run.started') return { ...progress, streams: event.streams };
  if (name === 'request.sent') return { ...progress, requests: progress.requests + 1 };
  if (name === 'stream.started') {
    return { ...progress, running: withEntry(progress.running, event.stream, '') };
  }
  if (name === 'page.fetched') {
    const page = `page ${event.page}${event.total_pages === null ? '' : `/${event.total_pages}`}`;
    const running = withEntry(progress.running, event.stream, page);
    return { ...progress, rows: progress.rows + event.rows, running };
  }
  if (name === 'stream.finished' || name === 'stream.failed' || name === 'stream.skipped') {
    const running = new Map(progress.running);
    running.delete(event.stream);
    return { ...progress, done: progress.done + 1, running };
  }
  return progress;
}

function withEntry(
  map: ReadonlyMap<string, string>,
  key: string,
  value: string,
): ReadonlyMap<string, string> {
  return new Map([...map, [key, value]]);
}
