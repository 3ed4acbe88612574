import type { ChosenStream, RunContext } from '../context.ts';
import type { Part } from './look.ts';
import { covers } from './spans.ts';

/** Takes those off the suspects whose row another part of the look has put where it belongs; by key, the part that lacked it. */
export async function dropThoseElsewhere(
  suspects: Map<string, Part>,
  { stream }: ChosenStream,
  { warehouse }: RunContext,
): Promise<void> {
  if (suspects.size === 0 || stream.dated === undefined) return;
  const where = { column: 'id', values: [...suspects.keys()] };
  const rows = await warehouse.readRows(stream.name, ['id', stream.dated], where, stream.name);
  for (const [id, date] of rows) {
    const part = suspects.get(id ?? '');
    if (part !== undefined && part !== 'everything' && !covers(part, date ?? '')) suspects.delete(id ?? '');
  }
}
