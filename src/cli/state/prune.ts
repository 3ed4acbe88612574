import { historyName } from '../../catalog/history.ts';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { BUDGET_HISTORY } from '../../catalog/tables.ts';
import { ConnectorError } from '../../errors.ts';
import { formatCount } from '../../report/quantity.ts';
import { askToType } from '../ask.ts';
import { workByHand } from '../by-hand.ts';
import { textOf } from '../flags.ts';
import { done, type Outcome } from '../outcome.ts';
import type { StateWork } from './work.ts';

/**
 * `state prune --history-before <date>`: forgets versions of rows that had ended before a day, restatements that were noticed
 * before it, daily budgets of that time, and checkpoints that newer ones follow. How the rows are stays known.
 */
export async function prune({ flags, words, place, config, catalog, context }: StateWork): Promise<Outcome> {
  const day = textOf(flags, 'historyBefore');
  if (day === null || words.length > 0) {
    throw new ConnectorError(
      'USAGE_INVALID',
      'state prune takes a day and nothing else: --history-before 2025-01-01',
      {
        details: { command: 'state' },
      },
    );
  }
  context.stderr.write(
    `History that had ended before ${day} is forgotten for good. Rows stay as they are.\n`,
  );
  if (!(await askToType(place.label, context))) {
    return done(
      { confirmed: false, warehouse: place.label },
      'Nothing was forgotten: the name was not typed.',
    );
  }
  const names = [
    ...[...catalog.streams.keys()].filter((name) => name !== 'project_budget').map(historyName),
    BUDGET_HISTORY,
    HOUSEKEEPING.restatements.name,
    HOUSEKEEPING.syncState.name,
  ];
  const pruned = await workByHand(
    {
      command: 'state prune',
      isNoted: true,
      work: async (warehouse) => {
        const there = await warehouse.counts(names);
        const rows: { readonly table: string; readonly rows: number }[] = [];
        for (const table of names.filter((name) => there.has(name))) {
          const count = await warehouse.pruneHistory(table, `${day}T00:00:00Z`);
          if (count > 0) rows.push({ table, rows: count });
        }
        return rows;
      },
    },
    place,
    config,
    context,
  );
  const lines = pruned.map(({ table, rows }) => `✓ ${table}: ${formatCount(rows)} forgotten`);
  return done(
    { before: day, pruned },
    lines.length === 0 ? `Nothing had ended before ${day}.` : lines.join('\n'),
  );
}
