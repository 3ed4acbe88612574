/** Finds the route of a request: exact words before numbers, `me` before an id. */
import { READ_ROUTES, type Route } from './routes.ts';
import { WRITE_ROUTES } from './write-routes.ts';

export interface Found {
  readonly route: Route;
  readonly ids: readonly number[];
}

const BY_SHAPE = new Map<string, Route>();
for (const route of [...READ_ROUTES, ...WRITE_ROUTES]) {
  const key = `${route.method} ${route.path}`;
  if (!BY_SHAPE.has(key)) BY_SHAPE.set(key, route);
}

/** `/v2/users/7/cost_rates` → `v2/users/{id}/cost_rates`. `/api/v2` is the same place, as Harvest's own links show. */
export function shapeOf(path: string): string {
  return path
    .replace(/^\/(api\/)?/, '')
    .split('/')
    .map((part) => (/^\d+$/.test(part) ? '{id}' : part))
    .join('/');
}

/** The route, or null where there is none. */
export function findRoute(method: string, path: string): Found | null {
  const route = BY_SHAPE.get(`${method} ${shapeOf(path)}`);
  if (route === undefined) return null;
  return {
    route,
    ids: path
      .split('/')
      .filter((part) => /^\d+$/.test(part))
      .map(Number),
  };
}
