/** What the order of streams is judged by. */
export interface StreamState {
  readonly last_outcome: string | null;
  readonly rejects_7d: number;
  readonly age_seconds: number | null;
}

/** Failed, then never synced, then with rejects, then the oldest; skipped ones last. */
export function worstFirst(left: StreamState, right: StreamState): number {
  return rankOf(left) - rankOf(right) || (right.age_seconds ?? 0) - (left.age_seconds ?? 0);
}

function rankOf(stream: StreamState): number {
  if (stream.last_outcome === 'failed') return 0;
  if (stream.last_outcome === null) return 1;
  if (stream.last_outcome === 'skipped') return 4;
  return stream.rejects_7d > 0 ? 2 : 3;
}
