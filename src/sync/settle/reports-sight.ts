import { classify } from '../../classify/classify.ts';
import type { ConnectorError } from '../../errors.ts';
import type { RunContext } from '../context.ts';
import { assertStillSees } from './still-sees.ts';

/**
 * Looks at the role once more after reports were written: they shrink without a word for who may see less. Months that a
 * run has read with a role that was lowered meanwhile are forgotten, so that the next run reads them again. Answers
 * what the run has to end with, or null.
 */
export async function sightOfReports(context: RunContext): Promise<ConnectorError | null> {
  const { chosen, tally, states, startedAt } = context;
  const reports = [...chosen.values()].filter(({ stream }) => stream.sync === 'report');
  const isWritten = ({ inserted, updated, deleted }: ReturnType<typeof tally.of>): boolean =>
    inserted + updated + deleted > 0;
  if (!reports.some(({ stream }) => isWritten(tally.of(stream.name)))) return null;
  try {
    await assertStillSees(context);
    return null;
  } catch (error) {
    for (const { stream } of reports) {
      const { months, content = {}, ...notes } = states.reportNotes(stream.name);
      const kept = Object.entries(months).filter(([, at]) => at < startedAt);
      const known = new Set(kept.map(([month]) => month));
      const digests = Object.entries(content).filter(([month]) => known.has(month));
      const left = { ...notes, months: Object.fromEntries(kept), content: Object.fromEntries(digests) };
      states.defer(states.change(stream.name, states.cursor(stream.name), left));
    }
    return classify(error);
  }
}
