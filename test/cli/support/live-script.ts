import { hear, NOTHING_HEARD, type LiveState } from '../../../src/report/live/state.ts';
import type { SyncEvent } from '../../../src/events.ts';
import { CLIENTS, FAILED, SKIPPED, streamResult } from './events.ts';

/** A round instant, in milliseconds. */
export const START_MS = 1_700_000_000_000;

/** Something told so many milliseconds after the start. */
export type Told = readonly [atMs: number, event: SyncEvent];

/** The state after a script. */
export function stateAfter(script: readonly Told[], before: LiveState = NOTHING_HEARD): LiveState {
  return script.reduce((state, [atMs, event]) => hear(state, event, START_MS + atMs), before);
}

/** The account's name has wide signs, an emoji and one of several code points. */
export const BEGUN: Told = [
  0,
  {
    event: 'run.started',
    command: 'sync',
    account: '株式会社アクメ 🧑‍🌾 Ümlaut (123456)',
    warehouse: 'harvest_acme.duckdb',
    streams: 32,
    version: '0.1.0',
    limits: { general: 100, reports: 100 },
  },
];

/** A request and the page that it brings. */
export function page(
  atMs: number,
  stream: string,
  [number, pages]: readonly [number, number],
  [rows, total]: readonly [number, number],
  bucket: 'general' | 'reports' = 'general',
): readonly Told[] {
  return [
    [atMs, { event: 'request.sent', stream, bucket, url: `/v2/${stream}` }],
    [
      atMs + 90,
      {
        event: 'page.fetched',
        stream,
        page: number,
        total_pages: pages,
        rows,
        total_rows: total,
        ms: 90,
      },
    ],
  ];
}

function months(count: number, fromMs: number, stream: string): readonly Told[] {
  return Array.from({ length: count }, (_, index) =>
    page(fromMs + index * 70, stream, [1, 1], [40, 40], 'reports'),
  ).flat();
}

/** A first load 19 seconds after its start: lists, children, reports at their limit, a retry, a failure. */
export const FIRST_LOAD: readonly Told[] = [
  BEGUN,
  [5, { event: 'stream.started', stream: 'clients', bucket: 'general' }],
  [6, { event: 'stream.started', stream: 'time_entries', bucket: 'general' }],
  [6, { event: 'stream.started', stream: 'time_team', bucket: 'reports' }],
  [7, { event: 'stream.started', stream: 'invoice_messages', bucket: 'general' }],
  [8, { event: 'stream.started', stream: 'roles', bucket: 'general' }],
  [9, { event: 'stream.skipped', ...SKIPPED }],
  ...page(20, 'clients', [1, 1], [88, 88]),
  [1900, { event: 'stream.finished', ...CLIENTS }],
  [2000, { event: 'work.planned', stream: 'time_entries', unit: 'records', count: 18_412, requests: 10 }],
  [2001, { event: 'window.chosen', stream: 'time_entries', mode: 'first load', window: 'since 2020' }],
  ...[1, 2, 3, 4, 5, 6].flatMap((number) =>
    page(1000 + number * 2000, 'time_entries', [number, 10], [2000, 18_412]),
  ),
  [3000, { event: 'work.planned', stream: 'time_team', unit: 'months', count: 132, requests: 132 }],
  [3001, { event: 'window.chosen', stream: 'time_team', mode: 'report', window: '2020-01' }],
  ...months(100, 3010, 'time_team'),
  [9000, { event: 'work.planned', stream: 'invoice_messages', unit: 'lists', count: 2310, requests: 2310 }],
  ...page(9100, 'invoice_messages', [1, 1], [3, 3]),
  ...page(9200, 'invoice_messages', [1, 1], [2, 2]),
  [9500, { event: 'stream.failed', ...FAILED, stream: 'invoice_payments' }],
  [15_000, { event: 'request.sent', stream: 'roles', bucket: 'general', url: '/v2/roles' }],
  [
    16_000,
    {
      event: 'request.retried',
      stream: 'roles',
      attempt: 2,
      status: 503,
      code: 'HARVEST_UNAVAILABLE',
      seconds: 8.4,
    },
  ],
  [17_000, { event: 'stream.finished', ...streamResult('users', { fetched: 214, seconds: 2.1 }) }],
];

/** A backfill in its 40th slice. */
export const BACKFILL: readonly Told[] = [
  [0, { ...(BEGUN[1] as Extract<SyncEvent, { event: 'run.started' }>), command: 'backfill', streams: 1 }],
  [5, { event: 'stream.started', stream: 'time_entries', bucket: 'general' }],
  [10, { event: 'work.planned', stream: 'time_entries', unit: 'slices', count: 72, requests: 72 }],
  ...Array.from({ length: 40 }, (_, index) => index).flatMap((index): readonly Told[] => [
    ...page(20 + index * 450, 'time_entries', [1, 1], [2400, 2400]),
    [
      440 + index * 450,
      { event: 'slice.finished', stream: 'time_entries', from: '2019-01-01', to: '2019-01-31' },
    ],
  ]),
  [18_100, { event: 'window.chosen', stream: 'time_entries', mode: 'backfill', window: '2022-05' }],
];

/** A quick verification in its second check. */
export const VERIFICATION: readonly Told[] = [
  [0, { ...(BEGUN[1] as Extract<SyncEvent, { event: 'run.started' }>), command: 'verify' }],
  [1, { event: 'check.started', check: 'counts', number: 1, of: 7 }],
  [2, { event: 'request.sent', stream: 'clients', bucket: 'general', url: '/v2/clients' }],
  [900, { event: 'check.started', check: 'sums of hours and money', number: 2, of: 7 }],
  [901, { event: 'request.sent', stream: 'time_team', bucket: 'reports', url: '/v2/reports/time/team' }],
  [950, { event: 'request.sent', stream: 'time_team', bucket: 'reports', url: '/v2/reports/time/team' }],
];
