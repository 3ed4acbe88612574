/** Step 9 of a window: what it brought enters the counts of the run and the events. */
import type { LoadResult } from '../warehouse/warehouse.ts';
import { plainText } from './cast.ts';
import type { RunContext } from './context.ts';
import type { Intake } from './intake.ts';
import type { Window } from './stream.ts';

/**
 * Counts a window that ended well. `own` is what its load did to the stream's table; null where nothing was staged.
 * Rows that were known to be stored as they are count as unchanged. Snapshots are not rows of the stream.
 */
export function countWindow(
  { isRepeat }: Pick<Window, 'isRepeat'>,
  intake: Intake,
  own: LoadResult | null,
  stream: string,
  context: RunContext,
): void {
  const tally = context.tally.of(stream);
  const { known } = intake;
  const { inserted = 0, updated = 0, deleted = 0 } = own ?? {};
  const asBefore = (own?.unchanged ?? 0) + known.unchanged;
  const repeats = isRepeat === undefined ? 0 : countOf(intake.keys, isRepeat);
  const again = Math.min(asBefore, repeats);
  const unchanged = asBefore - again;
  tally.fetched += intake.fetched;
  tally.rejected += intake.rejects.length;
  tally.skipped += intake.skipped + known.duplicates + (own?.duplicates ?? 0) + again;
  tally.inserted += inserted;
  tally.updated += updated;
  tally.unchanged += unchanged;
  tally.deleted += deleted;
  context.emit({ event: 'rows.committed', stream, inserted, updated, unchanged, deleted });
  const [first] = intake.rejects;
  if (first !== undefined) {
    const reason = `${plainText(first['path'])} ${plainText(first['reason'])}`;
    context.emit({ event: 'rows.rejected', stream, count: intake.rejects.length, reason });
  }
  for (const { path, typeSeen } of intake.drift) {
    context.emit({ event: 'schema.drift', stream, path, type_seen: typeSeen });
  }
}

/** How many fulfil a condition, without a list of them: there may be millions. */
function countOf(keys: Iterable<string>, fulfils: (key: string) => boolean): number {
  let count = 0;
  for (const key of keys) if (fulfils(key)) count += 1;
  return count;
}
