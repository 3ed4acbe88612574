import { withAdded } from '../../catalog/added-columns.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { chooseColumns } from '../../catalog/choose-columns.ts';
import type { Column } from '../../catalog/column.ts';
import { assertChoice } from '../../catalog/check-choice.ts';
import { selectStreams } from '../../catalog/select.ts';
import type { Stream } from '../../catalog/stream.ts';
import { didYouMean } from '../../catalog/suggest.ts';
import type { Config } from '../../config/config.ts';
import { ConnectorError } from '../../errors.ts';
import { plural } from '../../report/quantity.ts';
import { renderTable } from '../../report/table.ts';
import { openCatalog, openConfig, type CliContext } from '../context.ts';
import { numberOf } from '../flags.ts';
import { done, type Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import { shownPath } from '../shown-path.ts';

/** `discover [stream] [--preview|--diff]`: the streams, the columns of one, its first rows, or what is new in Harvest. */
export async function runDiscover(invocation: Invocation, context: CliContext): Promise<Outcome> {
  const catalog = await openCatalog();
  const [name] = invocation.args;
  const isPreview = invocation.flags['preview'] === true;
  const withAll = invocation.flags['columns'] === true;
  if (invocation.flags['diff'] === true) {
    if (isPreview) throw new ConnectorError('USAGE_INVALID', '--preview and --diff exclude each other.');
    const { runDiff } = await import('./diff.ts');
    return runDiff(name === undefined ? null : streamNamed(catalog, name), catalog, context);
  }
  if (isPreview && name === undefined) {
    throw new ConnectorError('USAGE_INVALID', '--preview needs the name of a stream.', {
      hint: 'Name one: harvest-bq discover clients --preview',
    });
  }
  if (isPreview) {
    const { runPreview } = await import('./preview.ts');
    const limit = numberOf(invocation.flags, 'limit') ?? 1;
    return runPreview({ stream: streamNamed(catalog, name ?? ''), limit, withAll }, catalog, context);
  }
  const { config, warnings } = await configIfAny(context);
  if (name === undefined) return { ...listStreams(catalog, config, context), warnings };
  const stream = streamNamed(catalog, name);
  const facts = streamFacts(stream, selectedNames(catalog, config).has(name));
  return { ...showStream({ stream, facts, config, withAll }, context), warnings };
}

/**
 * The stream of that name.
 * @throws ConnectorError USAGE_UNKNOWN_STREAM with the nearest name
 */
export function streamNamed(catalog: Catalog, name: string): Stream {
  const stream = catalog.streams.get(name);
  if (stream !== undefined) return stream;
  const suggestion = didYouMean(name, catalog.streams.keys());
  throw new ConnectorError('USAGE_UNKNOWN_STREAM', `There is no stream ${name}.${suggestion}`);
}

/** Without these the catalogue can still be shown, with what is chosen by default. */
const BEARABLE = new Set([
  'CONFIG_NOT_FOUND',
  'CONFIG_FILE_MISSING',
  'CONFIG_ENV_MISSING',
  'SECRET_NOT_FOUND',
]);

interface MaybeConfig {
  readonly config: Config | null;
  readonly warnings: readonly string[];
}

async function configIfAny(context: CliContext): Promise<MaybeConfig> {
  try {
    return { config: await openConfig(context, { offline: true }), warnings: [] };
  } catch (error) {
    if (!(error instanceof ConnectorError) || !BEARABLE.has(error.code)) throw error;
    if (error.code === 'CONFIG_NOT_FOUND') return { config: null, warnings: [] };
    const warning = `${error.code}: ${error.message.split('\n')[0] ?? ''}; shown is what is chosen by default`;
    return { config: null, warnings: [warning] };
  }
}

function listStreams(catalog: Catalog, config: Config | null, context: CliContext): Outcome {
  const selected = selectedNames(catalog, config);
  const streams = [...catalog.streams.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const rows = streams.map((stream) => [
    stream.name,
    modeOf(stream),
    stream.primary_key.join(', '),
    stream.cursor ?? '–',
    selected.has(stream.name) ? 'yes' : '–',
    stream.tags.join(', '),
  ]);
  const table = renderTable(
    [
      { title: 'stream' },
      { title: 'read' },
      { title: 'key' },
      { title: 'cursor' },
      { title: 'selected' },
      { title: 'tags', optional: true },
    ],
    rows,
    context.stdout.width,
  );
  const closing = `${plural(streams.length, 'stream')}, ${selected.size} selected ${sourceOf(config, context)}. One of them: harvest-bq discover <stream>`;
  const data = streams.map((stream) => streamFacts(stream, selected.has(stream.name)));
  return done({ streams: data, config: config?.file ?? null }, [...table, '', closing].join('\n'));
}

interface StreamScreen {
  readonly stream: Stream;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly config: Config | null;
  readonly withAll: boolean;
}

function showStream({ stream, facts, config, withAll }: StreamScreen, context: CliContext): Outcome {
  const chosen = new Map(
    chooseColumns(stream, config?.streams.overrides.get(stream.name)).map((column) => [column.name, column]),
  );
  const wide = withAdded(stream, config?.streams.overrides.get(stream.name)?.add);
  const columns = wide.columns.flatMap((column) => described(column, chosen.get(column.name) ?? null, ''));
  const rows = columns.map((column) => [
    column.name,
    column.mode === 'NULLABLE' ? column.type : `${column.type} ${column.mode}`,
    column.sensitivity === 'none' ? '–' : column.sensitivity,
    column.selected,
    column.description,
  ]);
  const table = renderTable(
    [
      { title: 'column' },
      { title: 'type' },
      { title: 'sensitivity' },
      { title: 'selected' },
      { title: 'description', optional: !withAll },
    ],
    rows,
    context.stdout.width,
  );
  const head = [
    `${stream.name}: ${stream.description}`,
    `${modeOf(stream)} · key ${stream.primary_key.join(', ')} · ${stream.docs}`,
    '',
  ];
  const closing = `Its first rows: harvest-bq discover ${stream.name} --preview`;
  return done({ ...facts, columns }, [...head, ...table, '', closing].join('\n'));
}

interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
  readonly sensitivity: string;
  readonly selected: 'yes' | 'hashed' | 'no';
  readonly description: string;
}

/** A column and the fields of a repeated record below it. */
function described(column: Column, chosen: Column | null, prefix: string): readonly ColumnFacts[] {
  const { type, mode, sensitivity, description } = column;
  const selected = chosen === null ? 'no' : chosen.hashed === true ? 'hashed' : 'yes';
  const fields = (column.fields ?? []).flatMap((field) =>
    described(
      field,
      chosen?.fields?.find((candidate) => candidate.name === field.name) ?? null,
      `${prefix}${column.name}.`,
    ),
  );
  return [{ name: prefix + column.name, type, mode, sensitivity, selected, description }, ...fields];
}

function streamFacts(stream: Stream, selected: boolean): Readonly<Record<string, unknown>> {
  return {
    name: stream.name,
    description: stream.description,
    mode: stream.sync,
    primary_key: stream.primary_key,
    cursor: stream.cursor ?? null,
    dated: stream.dated ?? null,
    parent: stream.parent?.stream ?? null,
    limit_class: stream.limit_class,
    module: stream.module ?? null,
    tags: stream.tags,
    selected,
    docs: stream.docs,
  };
}

/** How a stream is read, in a word or three. */
export function modeOf(stream: Stream): string {
  const modes = { incremental: 'incremental', full: 'whole', report: 'by month' } as const;
  return stream.parent === undefined
    ? modes[stream.sync]
    : `${modes[stream.sync]}, per ${stream.parent.stream}`;
}

function selectedNames(catalog: Catalog, config: Config | null): ReadonlySet<string> {
  if (config !== null) assertChoice(config, catalog);
  const { include, exclude } = config?.streams ?? { include: ['*'], exclude: [] };
  return new Set(selectStreams(catalog, { include, exclude }).map((stream) => stream.name));
}

function sourceOf(config: Config | null, context: CliContext): string {
  if (config === null) return 'by default';
  return config.file === null ? 'by the environment' : `by ${shownPath(config.file, context.cwd)}`;
}
