import { resolve } from 'node:path';
import { ConnectorError } from '../../errors.ts';
import { textOf } from '../flags.ts';
import { done, type Outcome } from '../outcome.ts';
import { writeOutput } from '../output-file.ts';
import { shownPath } from '../shown-path.ts';
import { isStateFile, stateFileText } from './file.ts';
import { statesText } from './screen.ts';
import { exportFrom, namedStreams, type StateWork } from './work.ts';

/** `state show`: checkpoints as they stand. */
export async function showStates(work: StateWork): Promise<Outcome> {
  const { place, words, context } = work;
  const names = words.length === 0 ? null : new Set(namedStreams(work).map(({ name }) => name));
  await using warehouse = await place.openToRead();
  const all = [...(await warehouse.readStates()).values()].toSorted((a, b) => (a.stream < b.stream ? -1 : 1));
  const shown = all.filter(({ stream }) => names === null || names.has(stream));
  const data = shown.map(({ stream, version, cursor, state, runId, committedAt }) => ({
    stream,
    version,
    cursor,
    state,
    run_id: runId,
    committed_at: committedAt,
  }));
  return done({ warehouse: place.id, states: data }, statesText(shown, context.stdout.width));
}

/** `state export`: everything that is stored, as a file or on stdout. @throws ConnectorError USAGE_INVALID, USAGE_CONFIRMATION, WAREHOUSE_MISSING */
export async function exportStates(work: StateWork): Promise<Outcome> {
  const { place, words, flags, config, context } = work;
  if (words.length > 0) {
    throw new ConnectorError(
      'USAGE_INVALID',
      'state export writes all checkpoints; it takes a file and nothing else: --file <path>',
      { details: { command: 'state' } },
    );
  }
  await using warehouse = await place.openToRead();
  const file = await exportFrom(warehouse, work);
  const wanted = textOf(flags, 'file');
  if (wanted === null) return { ...done(file, stateFileText(file).trimEnd()), isExact: true };
  const path = resolve(context.cwd, wanted);
  await writeOutput({ path, text: stateFileText(file), isOurs: isStateFile }, config, context);
  const shown = shownPath(path, context.cwd);
  const count = file.states.length;
  return done(
    { file: path, checkpoints: count, erasures: file.erasures.length },
    `${count} checkpoints → ${shown}`,
  );
}
