import type { EngineRun } from './engine.ts';

/** Requests of a run, by what they count against; those of the rolling sweep apart. */
export interface RunRequests {
  readonly general: number;
  readonly reports: number;
  readonly sweep: number;
  /** The same without the sweep's by endpoint: `invoices/{id}/messages`. */
  readonly endpoints: Readonly<Record<string, number>>;
}

/** Counts the requests of a run. */
export function requestsOf({ events }: Pick<EngineRun, 'events'>): RunRequests {
  const counts = { general: 0, reports: 0, sweep: 0 };
  const endpoints: Record<string, number> = {};
  for (const event of events) {
    if (event.event !== 'request.sent') continue;
    const isSweep = event.purpose === 'sweep';
    counts[isSweep ? 'sweep' : event.bucket] += 1;
    if (isSweep) continue;
    const endpoint = endpointOf(event.url);
    endpoints[endpoint] = (endpoints[endpoint] ?? 0) + 1;
  }
  return { ...counts, endpoints };
}

/** `/v2/invoices/43210001/messages?per_page=2000` → `invoices/{id}/messages` */
export function endpointOf(url: string): string {
  const [path = ''] = url.split('?');
  return path.replace(/^(?:\/api)?\/v2\//, '').replace(/\/\d+(?=\/|$)/g, '/{id}');
}
