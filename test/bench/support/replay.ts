/** The requests that other ways to read a Harvest account send, made by a client that does nothing with the answers. */
import { endpointOf } from '../../support/requests-of.ts';
import type { BenchServer } from './server.ts';

/** A way to read an account. */
export interface Shape {
  readonly perPage: number;
  /** Whether every child of every parent is read. */
  readonly children: boolean;
}

/** What it took. */
export interface Replayed {
  readonly requests: number;
  readonly rows: number;
  readonly seconds: number;
}

const LISTS = [
  'clients', 'contacts', 'users', 'roles', 'tasks', 'projects', 'user_assignments', 'task_assignments',
  'expense_categories', 'expenses', 'invoice_item_categories', 'estimate_item_categories', 'invoices', 'estimates',
  'time_entries',
]; // prettier-ignore

const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  invoices: ['messages', 'payments'],
  estimates: ['messages'],
  users: ['billable_rates', 'cost_rates', 'project_assignments'],
};

interface Page {
  readonly links: { readonly next: string | null };
  readonly [list: string]: unknown;
}

/** Reads all lists one page after the other, as `shape` says. */
export async function replay(server: BenchServer, shape: Shape): Promise<Replayed> {
  const startedAt = performance.now();
  let [requests, rows] = [0, 0];
  const walk = async (path: string): Promise<readonly number[]> => {
    const ids: number[] = [];
    let next: string | null = `${server.baseUrl}/${path}?per_page=${shape.perPage}`;
    while (next !== null) {
      const page: Page = (await server.readLink(next)) as Page;
      requests += 1;
      const records = Object.values(page).find((value) => Array.isArray(value)) as readonly { id: number }[];
      rows += records.length;
      if (CHILDREN[endpointOf(new URL(next).pathname)] !== undefined)
        ids.push(...records.map(({ id }) => id));
      next = page.links.next;
    }
    return ids;
  };
  for (const list of LISTS) {
    const ids = await walk(list);
    if (!shape.children) continue;
    for (const child of CHILDREN[list] ?? []) for (const id of ids) await walk(`${list}/${id}/${child}`);
  }
  return { requests, rows, seconds: (performance.now() - startedAt) / 1000 };
}
