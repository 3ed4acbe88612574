/** What a backfill would read: slices, and about how many requests, before it begins. */
import type { Stream } from '../catalog/stream.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import { fetchCount } from '../harvest/pages.ts';
import { LARGEST_PAGE, type HarvestClient } from '../harvest/types.ts';
import { formatCount, formatSeconds, plural } from '../report/quantity.ts';
import { BACKFILL, slicesOf, storedBackfill, type BackfillOrder } from '../sync/backfill/order.ts';
import { monthOf } from '../sync/month.ts';
import type { StoredState } from '../warehouse/warehouse.ts';
import { openHarvest, openReporter, type CliContext } from './context.ts';

/** One stream of a plan. */
export interface PlannedStream {
  readonly stream: string;
  readonly slices: number;
  readonly first: string;
  readonly last: string;
  /** Records in the range, as Harvest counts them; null for reports. */
  readonly records: number | null;
  readonly requests: number;
  readonly cursor: string | null;
}

/** A plan with what it takes of Harvest's limits. */
export interface BackfillPlan {
  readonly streams: readonly PlannedStream[];
  readonly requests: number;
  /** Seconds that the limits ask for; 0 where there are none. */
  readonly seconds: number;
}

/** What is planned. */
export interface PlanRequest {
  readonly order: Omit<BackfillOrder, 'id'>;
  /** The run that began it, where one goes on. */
  readonly resumed: string | null;
  readonly streams: readonly Stream[];
}

/** In seconds: how long the limits count for, by bucket. */
const PERIOD = { general: 15, reports: 900 } as const;

/** Works out what is to be read, with one small request for each list. */
export async function planBackfill(
  request: PlanRequest,
  states: ReadonlyMap<string, StoredState>,
  config: Config,
  context: CliContext,
): Promise<BackfillPlan> {
  const reporter = await openReporter(context, null);
  await using client = await openHarvest(context, config, reporter.emit);
  const { order, resumed } = request;
  const notes = resumed === null ? null : storedBackfill(states.get(BACKFILL + resumed)?.state);
  const today = context.now().toISOString().slice(0, 10);
  const streams: PlannedStream[] = [];
  let seconds = 0;
  for (const stream of request.streams) {
    const rest = { ...order, from: notes?.next[stream.name] ?? order.from };
    const planned = await planStream(stream, rest, states.get(stream.name), { today, client, context });
    const limit = config.harvest.limits[stream.limit_class];
    if (limit !== null) seconds += (planned.requests / limit) * PERIOD[stream.limit_class];
    streams.push(planned);
  }
  return { streams, requests: streams.reduce((sum, each) => sum + each.requests, 0), seconds };
}

async function planStream(
  stream: Stream,
  { from, to, slice }: Omit<BackfillOrder, 'id'>,
  stored: StoredState | undefined,
  by: { readonly today: string; readonly client: HarvestClient; readonly context: CliContext },
): Promise<PlannedStream> {
  const { name } = stream;
  const cursor = stored?.cursor ?? null;
  if (stream.sync === 'report') {
    const months = Object.keys((stored?.state as { months?: object } | undefined)?.months ?? {}).filter(
      (month) => month >= monthOf(from) && month <= monthOf(to),
    );
    const span = { first: monthOf(from), last: monthOf(to) };
    return { stream: name, slices: months.length, ...span, records: null, requests: months.length, cursor };
  }
  const slices = slicesOf({ from, to }, slice, by.today);
  const records = await countIn(stream, { from, to }, by.client, by.context);
  // one more for what changed since the last run
  const requests = slices.length + Math.floor(records / LARGEST_PAGE) + 1;
  const digits = slice === 'month' ? 7 : slice === 'year' ? 4 : 10;
  const span = { first: from.slice(0, digits), last: to.slice(0, digits) };
  return { stream: name, slices: slices.length, ...span, records, requests, cursor };
}

/** How many records lie in the range; none where the token may not see them, which the run will say. */
async function countIn(
  { path, records, limit_class: bucket, name }: Stream,
  query: Readonly<Record<string, string>>,
  client: HarvestClient,
  { signal }: CliContext,
): Promise<number> {
  try {
    const request = {
      path,
      query,
      bucket,
      stream: name,
      signal,
      ...(records === undefined ? {} : { records }),
    };
    return (await fetchCount(client, request)).total;
  } catch (error) {
    const isHidden =
      error instanceof ConnectorError && ['HARVEST_FORBIDDEN', 'HARVEST_NOT_FOUND'].includes(error.code);
    if (!isHidden) throw error;
    return 0;
  }
}

/** The plan for people. */
export function planText({ streams, requests, seconds }: BackfillPlan): string {
  const lines = streams.map(({ stream, slices, first, last, records, cursor }) => {
    const many = records === null ? '' : ` · ${plural(records, 'record')}`;
    const range = first === last ? first : `${first} … ${last}`;
    return `${stream} · ${plural(slices, records === null ? 'month' : 'slice')} (${range})${many} · cursor ${cursor ?? 'none'} stays`;
  });
  const time = seconds === 0 ? '' : `, ${formatSeconds(seconds)} of Harvest's limits`;
  return [
    ...lines,
    `About ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}${time}. Rows that differ are replaced, rows that Harvest no longer has go.`,
  ].join('\n');
}
