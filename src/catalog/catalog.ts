/**
 * Loads the 32 streams: streams/<name>.yaml says how each is read, schemas/<name>.json what a record looks like.
 * Everything is checked when it is loaded, so that a mistake in a file never shows as a mistake in a table.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { LineCounter, parseDocument } from 'yaml';
import { ConnectorError } from '../errors.ts';
import { checkStream } from './check-stream.ts';
import { deriveColumns } from './columns.ts';
import type { Stream, StreamDefinition } from './stream.ts';

/** All streams by name, parents before their children. */
export interface Catalog {
  readonly streams: ReadonlyMap<string, Stream>;
}

/** The package's own folder, from src/catalog as well as from dist/catalog. */
const PACKAGE_ROOT = new URL('../../', import.meta.url);

/**
 * Reads and checks the catalogue.
 *
 * @param root folder that holds `streams/` and `schemas/`, with a closing slash; by default the package's own
 * @throws ConnectorError CATALOG_INVALID naming the file and the place in it
 */
export function loadCatalog(root: URL = PACKAGE_ROOT): Catalog {
  const names = namesIn(root, 'streams', '.yaml');
  const validate = compileVocabulary(root);
  const definitions = names.map((name) => {
    const file = `streams/${name}.yaml`;
    const definition = readYaml(root, file);
    if (!validate(definition)) throw invalid(file, (validate.errors ?? []).map(sayMistake).join('; '));
    if (definition.name !== name)
      throw invalid(file, `name is ${definition.name}, unlike the name of the file`);
    return definition;
  });
  const orphan = namesIn(root, 'schemas', '.json').find((name) => !names.includes(name));
  if (orphan !== undefined) throw invalid(`schemas/${orphan}.json`, `streams/${orphan}.yaml is missing`);
  const streams = definitions.map((definition) => ({
    ...definition,
    columns: deriveColumns(definition, readJson(root, `schemas/${definition.name}.json`)),
  }));
  const byName = new Map(streams.map((stream) => [stream.name, stream]));
  for (const stream of streams) checkStream(stream, byName);
  return { streams: new Map(parentsFirst(streams).map((stream) => [stream.name, stream])) };
}

/** The check of streams/stream.schema.json. That file itself is checked by a test; doing it here doubles the start. */
function compileVocabulary(root: URL): ValidateFunction<StreamDefinition> {
  // optimised code would take longer to be made than it could save: each check runs a few times in a process
  const code = { optimize: false };
  const ajv = new Ajv({ allErrors: true, validateSchema: false, meta: false, code });
  const vocabulary = readJson(root, 'streams/stream.schema.json');
  delete vocabulary['$schema'];
  return ajv.compile<StreamDefinition>(vocabulary);
}

/** Parents, then children, each by name. A parent is never a child itself (`checkStream`). */
function parentsFirst(streams: readonly Stream[]): readonly Stream[] {
  const parents = streams.filter((stream) => stream.parent === undefined);
  const children = streams.filter((stream) => stream.parent !== undefined);
  return [...parents, ...children];
}

function namesIn(root: URL, folder: string, ending: string): readonly string[] {
  const url = new URL(`${folder}/`, root);
  try {
    return readdirSync(url)
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length))
      .toSorted();
  } catch (cause) {
    throw invalid(`${folder}/`, 'the folder cannot be read', cause);
  }
}

function readYaml(root: URL, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(readText(root, file), { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error === undefined) return document.toJS();
  const { line, col } = lines.linePos(error.pos[0]);
  throw invalid(`${file}:${line}:${col}`, error.message);
}

function readJson(root: URL, file: string): Record<string, unknown> {
  const text = readText(root, file);
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw invalid(file, cause instanceof Error ? cause.message : 'is not JSON', cause);
  }
}

function readText(root: URL, file: string): string {
  try {
    return readFileSync(new URL(file, root), 'utf8');
  } catch (cause) {
    throw invalid(file, 'the file is missing or cannot be read', cause);
  }
}

function sayMistake(error: ErrorObject): string {
  const place = error.instancePath === '' ? 'the file' : error.instancePath.slice(1).replaceAll('/', '.');
  const extra = error.params['additionalProperty'] as unknown;
  return `${place} ${error.message ?? 'is wrong'}${typeof extra === 'string' ? ` (${extra})` : ''}`;
}

function invalid(file: string, problem: string, cause?: unknown): ConnectorError {
  return new ConnectorError('CATALOG_INVALID', `${file}: ${problem}`, cause === undefined ? {} : { cause });
}
