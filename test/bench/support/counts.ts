/** What a server's count of its requests says. Pure. */
import type { RouteCounts } from './server.ts';

/** Requests of a run by what they count against; a report counts against both limits. */
export interface RequestSums {
  readonly all: number;
  readonly general: number;
  readonly reports: number;
  /** Refused with 429. */
  readonly refused: number;
}

/** Sums up what was answered. */
export function sumsOf(routes: RouteCounts): RequestSums {
  const sums = { all: 0, general: 0, reports: 0, refused: 0 };
  for (const [route, statuses] of Object.entries(routes)) {
    for (const [status, count] of Object.entries(statuses)) {
      sums.all += count;
      if (status === '429') sums.refused += count;
      else sums[route.includes('/reports/') ? 'reports' : 'general'] += count;
    }
  }
  return sums;
}

/** Requests of one route, whatever was answered. */
export function countOf(routes: RouteCounts, route: string): number {
  return Object.values(routes[`GET ${route}`] ?? {}).reduce((sum, count) => sum + count, 0);
}
