/** The catalogue as Markdown: `docs/tables.md` and `streams/README.md`. Pure; a test keeps the files true to it. */
import type { Table, TableColumn } from '../warehouse/table.ts';
import type { Catalog } from './catalog.ts';
import type { Column } from './column.ts';
import { DEFAULT_HISTORY, HISTORY_COLUMNS, mayHaveHistory } from './history.ts';
import { HOUSEKEEPING } from './housekeeping.ts';
import type { Stream } from './stream.ts';
import { budgetHistoryOf, BUDGET_HISTORY, flatViewsOf, viewColumnsOf } from './tables.ts';

const MODES: Readonly<Record<Stream['sync'], string>> = {
  incremental: 'incremental',
  full: 'full refresh',
  report: 'full refresh per calendar month',
};

const TABLES_INTRO = `# Tables

Every table and view of the connector, column by column: type, meaning and sensitivity.

Made from \`streams/\` and \`schemas/\` by \`src/catalog/describe.ts\`; do not edit by hand.

Every table of a stream also has \`_synced_at\` (TIMESTAMP, when the row was last written) and \`_run_id\` (STRING,
the run that wrote it), and under \`sync.deletes: mark\` also \`_deleted_at\` (TIMESTAMP, when the row was found to be
gone). A column may be NULL unless it is part of the key; a list is empty instead of NULL.

Sensitivity: **personal** names or describes a person, or is free text that may; **commercial** is money, a rate or a
budget; **secret** opens something to whoever has it, and is off unless it is asked for by name.`;

const STREAMS_INTRO = `# Streams

What is read from Harvest, stream by stream: how, by which key, and what a row is.

Made from the files here by \`src/catalog/describe.ts\`; do not edit by hand. \`stream.schema.json\` describes the keys of
a stream file, \`../schemas/\` holds the shape of a record, and [docs/tables.md](../docs/tables.md) lists the columns.`;

/** Describes every table with its columns, types, meaning and sensitivity, the housekeeping tables and views too. */
export function describeTables(catalog: Catalog): string {
  const streams = [...catalog.streams.values()];
  const budget = catalog.streams.get('project_budget');
  return document([
    TABLES_INTRO,
    ...streams.map(describeStream),
    ...(budget === undefined ? [] : [describeBudgetHistory(budget)]),
    describeHistories(streams),
    '## Views\n\nFor tools that cannot read repeated records.',
    ...streams.flatMap(describeViews),
    '## Housekeeping\n\nThe connector’s own tables, in the same dataset.',
    ...Object.values(HOUSEKEEPING).map(describeHousekeeping),
  ]);
}

/** Lists the streams with mode, key, parent, module and tags. */
export function describeStreams(catalog: Catalog): string {
  const rows = [...catalog.streams.values()].map((stream) => [
    `[${stream.name}](${stream.name}.yaml)`,
    MODES[stream.sync],
    stream.primary_key.join(', '),
    stream.parent === undefined ? '' : `${stream.parent.stream} (${stream.parent.column})`,
    stream.module ?? '',
    stream.tags.join(', '),
    stream.description,
  ]);
  const heads = ['stream', 'mode', 'key', 'parent', 'module', 'tags', 'rows'];
  return document([STREAMS_INTRO, markdownTable(heads, rows)]);
}

function describeStream(stream: Stream): string {
  const facts = [`Mode: ${MODES[stream.sync]}`, `key: ${stream.primary_key.join(', ')}`];
  if (stream.parent !== undefined) facts.push(`child of ${stream.parent.stream}`);
  if (stream.dated !== undefined) facts.push(`dated by ${stream.dated}`);
  const source = `[Harvest’s page](${stream.docs})`;
  return `## ${stream.name}\n\n${stream.description} ${facts.join(' · ')} · ${source}\n\n${columnTable(stream.columns)}`;
}

function describeBudgetHistory(budget: Stream): string {
  const table = budgetHistoryOf(budget, budget.columns);
  const own = table.columns.slice(0, 1);
  const rest = 'followed by the columns of project_budget.';
  return `## ${BUDGET_HISTORY}\n\n${table.description} Key: ${table.primaryKey.join(', ')}; ${rest}\n\n${plainTable(own)}`;
}

function describeHistories(streams: readonly Stream[]): string {
  const named = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
  const possible = streams.filter(mayHaveHistory).map(({ name }) => name);
  const others = possible.filter((name) => !DEFAULT_HISTORY.includes(name));
  return [
    '## Histories',
    'Every version of a row that a run saw: the chosen columns, then these. Key: that of the stream and `_valid_from`.',
    'What was true at an instant `t`: `_valid_from <= t AND (_valid_to > t OR _valid_to IS NULL)`. The open version of a row is the row; of one that ' +
      'is gone there is none. A name that another record lends (`client_name`) is that of its day, and in the open version the present one.',
    plainTable(HISTORY_COLUMNS),
    `By default of ${named(DEFAULT_HISTORY)}, in \`<stream>_history\`; \`sync.history\` can name ${named(others)} as well.`,
  ].join('\n\n');
}

function describeViews(stream: Stream): readonly string[] {
  return flatViewsOf(stream, stream.columns).map(
    (view) => `### ${view.name}\n\n${view.description}\n\n${plainTable(viewColumnsOf(view, stream.columns))}`,
  );
}

function describeHousekeeping(table: Table): string {
  return `### ${table.name}\n\n${table.description}\n\n${plainTable(table.columns)}`;
}

function columnTable(columns: readonly Column[]): string {
  return markdownTable(
    ['column', 'type', 'meaning', 'sensitivity'],
    columns.flatMap((column) => columnRows(column)),
  );
}

function columnRows(column: Column, prefix = ''): readonly (readonly string[])[] {
  const name = prefix + column.name;
  const sensitivity = column.sensitivity === 'none' ? '' : column.sensitivity;
  const fields = (column.fields ?? []).flatMap((field) => columnRows(field, `${name}.`));
  return [[`\`${name}\``, sayType(column), column.description, sensitivity], ...fields];
}

function plainTable(columns: readonly TableColumn[]): string {
  const rows = columns.map((column) => [`\`${column.name}\``, sayType(column), column.description]);
  return markdownTable(['column', 'type', 'meaning'], rows);
}

function sayType(column: TableColumn): string {
  return column.mode === 'REPEATED' ? `${column.type}, repeated` : column.type;
}

/** A table that Prettier leaves alone: padding its cells would make every line as long as the longest text. */
function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = heads.map(() => '---');
  const lines = [heads, rule, ...rows].map(markdownRow);
  return `<!-- prettier-ignore-start -->\n${lines.join('\n')}\n<!-- prettier-ignore-end -->`;
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}

function document(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
