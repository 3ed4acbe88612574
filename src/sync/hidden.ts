import type { JsonObject } from '../harvest/json.ts';
import { fetchCount } from '../harvest/pages.ts';
import type { ChosenStream, RunContext } from './context.ts';
import type { Intake } from './intake.ts';
import { listReader, listRequest } from './paging.ts';

/**
 * Reads what the plain list may leave out (archived assignments, inactive budgets): Harvest's documentation does not
 * say whether it does, so its count under the filter is compared with what came. Answers whether anything was hidden,
 * and whether that list held still.
 *
 * @see Harvest API v2 docs, Project Task Assignments: is_active (checked 2026-11-20)
 */
export async function readHidden(
  chosen: ChosenStream,
  intake: Intake,
  context: RunContext,
): Promise<{ readonly found: boolean; readonly isStill: boolean }> {
  const { hidden_by: filter } = chosen.stream;
  if (filter === undefined) return NOTHING;
  const request = listRequest(chosen, filter, context);
  const { total } = await fetchCount(context.client, request);
  if (total <= intake.matching) return NOTHING;
  return { found: true, isStill: await listReader(request, chosen, context)(intake) };
}

const NOTHING = { found: false, isStill: true };

/** Whether a record is one that a filter asks for: `{ is_active: 'false' }`. */
export function fulfils(record: JsonObject, filter: Readonly<Record<string, string>>): boolean {
  return Object.entries(filter).every(([name, value]) => JSON.stringify(record[name]) === value);
}
