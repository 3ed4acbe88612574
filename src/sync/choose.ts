import type { Catalog } from '../catalog/catalog.ts';
import { withAdded } from '../catalog/added-columns.ts';
import { assertChoice } from '../catalog/check-choice.ts';
import { chooseColumns } from '../catalog/choose-columns.ts';
import { selectStreams } from '../catalog/select.ts';
import type { Stream } from '../catalog/stream.ts';
import { seenBy, tableOf } from '../catalog/tables.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import type { ChosenStream } from './context.ts';
import { planCopies } from './copy-plan.ts';
import { RecordCopier } from './copy-record.ts';
import { compileShaper } from './row.ts';

/** The words of the command line that choose streams. */
export interface StreamWords {
  readonly streams: readonly string[];
  readonly exclude: readonly string[];
}

/** What the configuration selects, and the part of it that the command line asks for; parents before children. */
export interface Choice {
  readonly configured: ReadonlyMap<string, ChosenStream>;
  readonly chosen: ReadonlyMap<string, ChosenStream>;
}

/**
 * Chooses streams and columns.
 *
 * @throws ConnectorError USAGE_UNKNOWN_STREAM, CONFIG_INVALID (columns), SECRET_NOT_FOUND (hashing without a key)
 */
export function chooseStreams(words: StreamWords, config: Config, catalog: Catalog): Choice {
  const { include, exclude } = config.streams;
  assertChoice(config, catalog);
  const configured = selectStreams(catalog, { include, exclude }).map((stream) => choose(stream, config));
  const only = selectStreams(catalog, { include, exclude, only: words.streams, except: words.exclude });
  const names = new Set(only.map(({ name }) => name));
  const byName = (streams: readonly ChosenStream[]): ReadonlyMap<string, ChosenStream> =>
    new Map(streams.map((chosen) => [chosen.stream.name, chosen]));
  return {
    configured: byName(configured),
    chosen: byName(configured.filter(({ stream }) => names.has(stream.name))),
  };
}

/** The same choice with tables that say with whose eyes they are kept up to date; see `seenBy`. */
export function asSeenBy(role: string | null, choice: Choice): Choice {
  const described = (streams: Choice['chosen']): Choice['chosen'] =>
    new Map([...streams].map(([name, chosen]) => [name, { ...chosen, table: seenBy(chosen.table, role) }]));
  return { configured: described(choice.configured), chosen: described(choice.chosen) };
}

/** One stream with its chosen columns, table and shaper. */
export function choose(known: Stream, config: Config): ChosenStream {
  const choice = config.streams.overrides.get(known.name);
  const stream = withAdded(known, choice?.add);
  const columns = chooseColumns(known, choice);
  const hashKey = config.sync.hashKey?.reveal() ?? null;
  const hashes = columns.some(
    ({ hashed, fields }) => hashed === true || fields?.some((field) => field.hashed === true),
  );
  if (hashes && hashKey === null) {
    throw new ConnectorError(
      'SECRET_NOT_FOUND',
      `${stream.name} has hashed columns, but there is no sync.hash_key`,
      {
        hint: 'Set sync.hash_key to a reference of a secret, such as ${HARVEST_BQ_HASH_KEY}.',
      },
    );
  }
  // reports, budgets and the company have no records of their own that could be deleted
  const marks = config.sync.deletes === 'mark' && stream.primary_key.includes('id');
  const { primary_key: primaryKey, dated } = stream;
  const copies = planCopies(stream.columns, columns, { primaryKey, dated });
  return {
    stream,
    columns,
    table: tableOf(stream, columns, marks),
    shape: compileShaper({ all: stream.columns, chosen: columns, primaryKey, hashKey }),
    copier: copies === null ? null : new RecordCopier(copies),
  };
}
