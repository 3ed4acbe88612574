import { ConnectorError } from '../errors.ts';
import type { Column } from './column.ts';
import type { Stream } from './stream.ts';

/** What a path has between braces: the column that carries the parent's id. */
const IN_BRACES = /\{([^}]*)\}/g;

/**
 * Checks what one file alone cannot tell: that a stream, its columns and the streams it refers to fit together. Pure.
 *
 * @throws ConnectorError CATALOG_INVALID naming the file and the key
 */
export function checkStream(stream: Stream, streams: ReadonlyMap<string, Stream>): void {
  checkParent(stream, streams);
  checkMode(stream);
  for (const name of stream.primary_key)
    requireColumn(stream, 'primary_key', name, ['INT64', 'STRING', 'DATE']);
  if (stream.cursor !== undefined) requireColumn(stream, 'cursor', stream.cursor, ['TIMESTAMP']);
  if (stream.dated !== undefined) requireColumn(stream, 'dated', stream.dated, ['DATE']);
  checkNames(stream, stream.columns, streams);
}

function checkParent(stream: Stream, streams: ReadonlyMap<string, Stream>): void {
  const braced = [...stream.path.matchAll(IN_BRACES)].map((match) => match[1]);
  const expected = stream.parent === undefined ? [] : [stream.parent.column];
  if (braced.join() !== expected.join()) {
    throw wrong(
      stream,
      'path',
      `must hold ${expected[0] === undefined ? 'no braces' : `{${expected[0]}} once`}`,
    );
  }
  if (stream.parent === undefined) return;
  const parent = streams.get(stream.parent.stream);
  if (parent === undefined) throw wrong(stream, 'parent.stream', `${stream.parent.stream} is not a stream`);
  if (parent.parent !== undefined || parent.records === undefined) {
    throw wrong(stream, 'parent.stream', `${parent.name} is not a plain list`);
  }
}

function checkMode(stream: Stream): void {
  if ((stream.sync === 'incremental') !== (stream.cursor !== undefined)) {
    throw wrong(stream, 'cursor', 'belongs to incremental streams, and to all of them');
  }
  if (stream.undated === true && stream.dated === undefined) throw wrong(stream, 'undated', 'needs dated');
  if (stream.sync === 'report' && stream.primary_key[0] !== 'period_start') {
    throw wrong(stream, 'primary_key', 'of a report must begin with period_start');
  }
}

function requireColumn(stream: Stream, key: string, name: string, types: readonly Column['type'][]): void {
  const column = stream.columns.find((candidate) => candidate.name === name);
  if (column === undefined)
    throw wrong(stream, key, `${name} is not a column of schemas/${stream.name}.json`);
  if (!types.includes(column.type) || column.mode === 'REPEATED') {
    throw wrong(stream, key, `${name} is ${column.type} ${column.mode}, but has to be ${types.join(' or ')}`);
  }
}

/** A name can only be brought up to date where the id of what it names stands beside it. */
function checkNames(stream: Stream, columns: readonly Column[], streams: ReadonlyMap<string, Stream>): void {
  for (const column of columns) {
    if (column.fields !== undefined) checkNames(stream, column.fields, streams);
    if (column.nameOf === undefined) continue;
    const id = idColumnOf(column.name);
    if (!streams.has(column.nameOf.stream)) {
      throw wrong(stream, `x-name-of of ${column.name}`, `${column.nameOf.stream} is not a stream`);
    }
    if (!columns.some((candidate) => candidate.name === id)) {
      throw wrong(stream, `x-name-of of ${column.name}`, `${id} does not stand beside it`);
    }
  }
}

/** The column that holds the id of what a name column names: `client_name` → `client_id`. */
export function idColumnOf(nameColumn: string): string {
  return nameColumn.replace(/name$/, 'id');
}

function wrong(stream: Stream, key: string, problem: string): ConnectorError {
  return new ConnectorError('CATALOG_INVALID', `streams/${stream.name}.yaml: ${key}: ${problem}`, {
    stream: stream.name,
  });
}
