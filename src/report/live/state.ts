/** What the live view knows of a run: a pure fold over its events, each with the instant it was heard at. */
import type { LimitClass } from '../../catalog/stream.ts';
import type { SyncEvent } from '../../events.ts';
import type { EventOf } from '../detail-text.ts';
import { FRESH_BUDGET, spend, type Budget } from './budget.ts';
import { hearStream, openStream, STREAM_EVENTS, type LiveStream, type StreamEvent } from './stream-state.ts';

/** A run as far as it was told. */
export interface LiveState {
  /** Instant of `run.started`, in milliseconds; null: not yet. */
  readonly startedAtMs: number | null;
  readonly command: string;
  /** Streams of the run. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly rows: number;
  readonly streams: ReadonlyMap<string, LiveStream>;
  readonly budgets: Readonly<Record<LimitClass, Budget>>;
  /** What a verification compares, in words; null: nothing. */
  readonly check: string | null;
}

export const NOTHING_HEARD: LiveState = {
  startedAtMs: null,
  command: '',
  total: 0,
  done: 0,
  failed: 0,
  rows: 0,
  streams: new Map(),
  budgets: { general: FRESH_BUDGET, reports: FRESH_BUDGET },
  check: null,
};

/** The state after one more event. */
export function hear(before: LiveState, event: SyncEvent, nowMs: number): LiveState {
  const state = hearRun(before, event, nowMs);
  if (!isOfStream(event) || event.stream === null) return state;
  const known = state.streams.get(event.stream) ?? openStream(event.stream);
  const streams = new Map([...state.streams, [event.stream, hearStream(known, event, nowMs)]]);
  return { ...state, streams };
}

function hearRun(state: LiveState, event: SyncEvent, nowMs: number): LiveState {
  const { event: name } = event;
  if (name === 'run.started') return begin(state, event, nowMs);
  if (name === 'request.sent') return send(state, event.bucket, nowMs);
  if (name === 'request.retried') return hold(state, event, nowMs);
  if (name === 'page.fetched') return { ...state, rows: state.rows + event.rows };
  if (name === 'check.started') return { ...state, check: `${event.check} (${event.number} of ${event.of})` };
  if (!ENDS.has(name)) return state;
  return { ...state, done: state.done + 1, failed: state.failed + (name === 'stream.failed' ? 1 : 0) };
}

const ENDS: ReadonlySet<SyncEvent['event']> = new Set([
  'stream.finished',
  'stream.failed',
  'stream.skipped',
  'stream.compared',
]);

function begin(state: LiveState, event: EventOf<'run.started'>, nowMs: number): LiveState {
  const { general, reports } = state.budgets;
  const { limits = { general: null, reports: null }, command, streams } = event;
  const budgets = {
    general: { ...general, limit: limits.general },
    reports: { ...reports, limit: limits.reports },
  };
  return { ...state, startedAtMs: nowMs, command, total: streams, budgets };
}

/** Reports count against the general limit too, as `RateLimiter` has it. */
function send(state: LiveState, bucket: LimitClass, nowMs: number): LiveState {
  const counted = withBudget(state, 'general', (budget) => spend(budget, 'general', nowMs));
  if (bucket === 'general') return counted;
  return withBudget(counted, bucket, (budget) => spend(budget, bucket, nowMs));
}

/** After a refusal for too many requests nothing of the bucket goes out for a while. */
function hold(
  state: LiveState,
  { code, stream, seconds }: EventOf<'request.retried'>,
  nowMs: number,
): LiveState {
  if (code !== 'HARVEST_THROTTLED' || stream === null) return state;
  const bucket = state.streams.get(stream)?.bucket ?? 'general';
  const untilMs = nowMs + seconds * 1000;
  return withBudget(state, bucket, (budget) => ({
    ...budget,
    heldUntilMs: Math.max(budget.heldUntilMs, untilMs),
  }));
}

function withBudget(state: LiveState, bucket: LimitClass, change: (budget: Budget) => Budget): LiveState {
  return { ...state, budgets: { ...state.budgets, [bucket]: change(state.budgets[bucket]) } };
}

function isOfStream(event: SyncEvent): event is StreamEvent {
  return STREAM_EVENTS.has(event.event);
}
