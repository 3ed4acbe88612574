/** Checks the streams that a configuration names against the catalogue: all mistakes at once, each with its path. */
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import type { Catalog } from './catalog.ts';
import { findColumnMistakes } from './choose-columns.ts';
import { mayHaveHistory } from './history.ts';
import { findWordMistake } from './select.ts';

/** One mistake: where in the configuration, and what is wrong there. */
export interface Mistake {
  readonly path: string;
  readonly message: string;
}

/**
 * Makes sure that every stream and column that the configuration names exists and may be chosen so.
 *
 * @throws ConnectorError CONFIG_INVALID with every mistake in the message and in `details.problems`
 */
export function assertChoice(config: Config, catalog: Catalog): void {
  const mistakes = findChoiceMistakes(config.streams, config.sync.history, catalog);
  if (mistakes.length === 0) return;
  const problems = mistakes.map(({ path, message }) => {
    const { line = null, column = null } = config.places?.get(path) ?? {};
    return { line, column, place: line === null ? '' : `${line}:${column}`, path, message };
  });
  const placeWidth = Math.max(...problems.map(({ place }) => place.length));
  const pathWidth = Math.max(...problems.map(({ path }) => path.length));
  const lines = problems.map(
    ({ place, path, message }) => `  ${place.padEnd(placeWidth)}   ${path.padEnd(pathWidth)}   ${message}`,
  );
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const message = `${count} in ${config.file ?? 'the configuration'}\n\n${lines.join('\n')}`;
  throw new ConnectorError('CONFIG_INVALID', message, { details: { file: config.file, problems } });
}

/** Every stream and column that is named and does not exist, or may not be chosen so. Pure. */
export function findChoiceMistakes(
  streams: Config['streams'],
  history: readonly string[],
  catalog: Catalog,
): readonly Mistake[] {
  return [...findMistakes(streams, catalog), ...findHistoryMistakes(history, catalog)];
}

function findHistoryMistakes(names: readonly string[], catalog: Catalog): readonly Mistake[] {
  return names.flatMap((name, index): readonly Mistake[] => {
    const path = `sync.history[${index}]`;
    const stream = catalog.streams.get(name);
    if (stream === undefined)
      return [{ path, message: findWordMistake(catalog, name) ?? 'must name one stream.' }];
    if (mayHaveHistory(stream)) return [];
    const instead = name === 'project_budget' ? ' project_budget_history has one row a day instead.' : '';
    return [{ path, message: `${name} is no list of records, so it has no history.${instead}` }];
  });
}

function findMistakes(
  { include, exclude, overrides }: Config['streams'],
  catalog: Catalog,
): readonly Mistake[] {
  const words = (list: readonly string[], path: string): readonly Mistake[] =>
    list.flatMap((word, index) => {
      const message = findWordMistake(catalog, word);
      return message === null ? [] : [{ path: `${path}[${index}]`, message }];
    });
  const columns = [...overrides].flatMap(([name, choice]): readonly Mistake[] => {
    const path = `streams.overrides.${name}`;
    const stream = catalog.streams.get(name);
    if (stream === undefined)
      return [{ path, message: findWordMistake(catalog, name) ?? 'must name one stream.' }];
    return findColumnMistakes(stream, choice).map(({ list, index, message }) => ({
      path: `${path}.columns.${list}${typeof index === 'number' ? `[${index}]` : `.${index}`}`,
      message,
    }));
  });
  return [...words(include, 'streams.include'), ...words(exclude, 'streams.exclude'), ...columns];
}
