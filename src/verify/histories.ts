/** What has to be true of histories: the open version of each row equals it, and rows that are gone have none. */
import { historyName } from '../catalog/history.ts';
import type { ChosenStream } from '../sync/context.ts';
import { liveRowsOf, type Scope } from './scope.ts';

/** Rows that are named of each history. */
const NAMED = 20;

/** What the warehouse answers of a key, in words. */
const FAULTS: Readonly<Record<string, string>> = {
  missing: 'no open version',
  left: 'an open version of a row that is gone',
  several: 'several open versions',
  differs: 'an open version of other values',
};

/** Looks for rows whose history does not end with the row as it is; one query for each history. */
export async function compareHistories(scope: Scope): Promise<void> {
  const { context, findings } = scope;
  const { checks } = context.warehouse;
  const kept = [...scope.streams.values()].filter(({ stream }) => context.histories.has(stream.name));
  const there = await checks.readColumns(kept.map(({ stream }) => historyName(stream.name)));
  const questions = kept.flatMap((chosen) => {
    const history = historyName(chosen.stream.name);
    const columns = there.get(history);
    if (columns === undefined) {
      findings.leaveOut(history, 'the history is not there yet');
      return [];
    }
    return [{ chosen, question: { ...questionOf(chosen, columns), of: liveRowsOf(chosen, scope), history } }];
  });
  findings.compared(questions.length);
  const answers = await Promise.all(
    questions.map(({ chosen, question }) =>
      context.loading.add(() => checks.readHistoryFaults(question, NAMED, chosen.stream.name)),
    ),
  );
  for (const [at, { count, rows }] of answers.entries()) {
    const table = questions[at]?.question.history ?? '';
    for (const row of rows) {
      const ours = FAULTS[row.at(-1) ?? ''] ?? null;
      findings.add({ kind: 'history', table, key: row.slice(0, -1).join('|'), ours });
    }
    findings.more('differs', table, count - rows.length);
  }
}

/** Columns that the history does not have yet cannot be compared. */
function questionOf(
  { table }: ChosenStream,
  there: readonly string[],
): Pick<ChosenStream['table'], 'columns'> {
  return { columns: table.columns.filter(({ name }) => there.includes(name)) };
}
