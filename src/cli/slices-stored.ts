import type { Emit } from '../events.ts';

/** Counts the slices that a backfill stores, while it passes its events on. */
export interface SliceCount {
  readonly emit: Emit;
  /** `41 of 72 slices of time_entries are stored and stay.`, a line for each stream that is not done. */
  lines(): readonly string[];
}

/** Listens to a backfill. */
export function countSlices(emit: Emit): SliceCount {
  const streams = new Map<string, { done: number; total: number }>();
  return {
    emit: (event) => {
      if (event.event === 'work.planned' && event.unit === 'slices')
        streams.set(event.stream, { done: 0, total: event.count });
      const counted = event.event === 'slice.finished' ? streams.get(event.stream) : undefined;
      if (counted !== undefined) counted.done += 1;
      emit(event);
    },
    lines: () =>
      [...streams]
        .filter(([, { done, total }]) => done < total)
        .map(([stream, { done, total }]) => `${done} of ${total} slices of ${stream} are stored and stay.`),
  };
}
