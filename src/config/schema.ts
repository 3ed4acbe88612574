import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import { suggest } from '../catalog/suggest.ts';
import { ConnectorError } from '../errors.ts';
import { describeValue } from './problem.ts';
import { segmentsOf, toPath, type Tree } from './tree.ts';

/** The part of JSON Schema that `config/config.schema.json` is written in. */
export interface SchemaNode {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** The value is a secret: referred to, never shown. */
  readonly 'x-secret'?: boolean;
  /** The allowed values of a text. */
  readonly enum?: readonly string[];
  /** What a free key of a section stands for; `stream` where nothing is said. */
  readonly 'x-key'?: string;
  /** What the value must be, for messages: `a duration such as 10m`. */
  readonly 'x-expected'?: string;
  /** Where there is no `default`: what an absent key means, in words. */
  readonly 'x-default'?: string;
}

/** One key of the file. */
export interface ConfigKey {
  /** `sync.overlap`; `<stream>` stands for a name that is free. */
  readonly path: string;
  readonly node: SchemaNode;
  /** JSON types of the value; a key of a section has `object`. */
  readonly types: readonly string[];
  /** The environment variable that sets it, or null where only the file can. */
  readonly twin: string | null;
}

/** A mistake that the schema finds; the path includes a key that should not be there. */
export interface SchemaProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * Reads `config/config.schema.json` of this package. Its patterns also take a text with `${`, since editors see the
 * file before variables are filled in; here they do not, since the program looks at it afterwards.
 */
export function loadConfigSchema(): SchemaNode {
  const url = new URL('../../config/config.schema.json', import.meta.url);
  try {
    return JSON.parse(readFileSync(url, 'utf8'), (key, value: unknown) =>
      key === 'pattern' && typeof value === 'string' ? value.replace(/\|\\\$\\\{$/, '') : value,
    ) as SchemaNode;
  } catch (cause) {
    throw new ConnectorError('INTERNAL', 'config/config.schema.json is missing from this installation', {
      cause,
    });
  }
}

/** Every key of the file in the schema's order, sections before what is in them. */
export function listConfigKeys(node: SchemaNode, prefix = ''): readonly ConfigKey[] {
  const children = Object.entries(node.properties ?? {});
  if (typeof node.additionalProperties === 'object')
    children.push([`<${node['x-key'] ?? 'stream'}>`, node.additionalProperties]);
  return children.flatMap(([name, child]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const types = typesOf(child);
    return [{ path, node: child, types, twin: twinOf(path, types) }, ...listConfigKeys(child, path)];
  });
}

/** The schema at a path of a file, `streams.overrides.users.columns` included; undefined where there is no such key. */
export function nodeAt(root: SchemaNode, segments: readonly (string | number)[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const segment of segments) {
    if (typeof segment === 'number') node = node?.items;
    else if (node?.properties !== undefined && Object.hasOwn(node.properties, segment)) {
      node = node.properties[segment];
    } else node = typeof node?.additionalProperties === 'object' ? node.additionalProperties : undefined;
  }
  return node;
}

/** The JSON types that a value may have; `null` is left out, an empty value counts as absent. */
export function typesOf(node: SchemaNode): readonly string[] {
  const own = node.type === undefined ? [] : [node.type].flat();
  return [...own, ...(node.anyOf ?? []).flatMap(typesOf)].filter((type) => type !== 'null');
}

/** Holds a tree against the schema and says every mistake once, in plain words; values of secrets are not repeated. */
export function findSchemaProblems(schema: SchemaNode, tree: Tree): readonly SchemaProblem[] {
  // the check runs once, so optimising it would only cost time, and that the schema itself is one a test has seen
  const quick = { validateSchema: false, code: { optimize: false } };
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, ...quick });
  ajv.addVocabulary(['x-secret', 'x-expected', 'x-default', 'x-key']);
  const validate = ajv.compile(schema);
  if (validate(tree)) return [];
  const problems = new Map<string, string>();
  for (const error of validate.errors ?? []) {
    const problem = toProblem(schema, tree, error);
    if (problem !== null && !problems.has(problem.path)) problems.set(problem.path, problem.message);
  }
  return [...problems].map(([path, message]) => ({ path, message }));
}

function toProblem(schema: SchemaNode, tree: Tree, error: ErrorObject): SchemaProblem | null {
  const segments = segmentsOf(tree, error.instancePath);
  const node = (error.parentSchema ?? {}) as SchemaNode;
  const params = error.params as Readonly<Record<string, string>>;
  if (error.keyword === 'additionalProperties') {
    const key = params['additionalProperty'] ?? '';
    const known = suggestKey(schema, key, Object.keys(node.properties ?? {}));
    const message = `is not a setting${known === null ? '' : `. Did you mean ${known}?`}`;
    return { path: toPath([...segments, key]), message };
  }
  if (error.keyword === 'required') {
    const key = params['missingProperty'] ?? '';
    const expected = node.properties?.[key]?.['x-expected'] ?? 'given';
    return { path: toPath([...segments, key]), message: `is missing, must be ${expected}` };
  }
  const expected = node['x-expected'];
  if (expected === undefined) return null;
  const must = `must be ${expected}`;
  const shown = node['x-secret'] === true ? must : `is ${describeValue(error.data)}, ${must}`;
  return { path: toPath(segments), message: shown };
}

/** A sibling of nearly that name, else the path of a key that has exactly this name elsewhere. */
function suggestKey(schema: SchemaNode, key: string, siblings: readonly string[]): string | null {
  const elsewhere = listConfigKeys(schema).find(({ path }) => path.endsWith(`.${key}`));
  return suggest(key, siblings) ?? elsewhere?.path ?? null;
}

function twinOf(path: string, types: readonly string[]): string | null {
  const isScalar = !types.includes('object') && !types.includes('array') && !path.includes('<');
  if (!isScalar || path === 'version') return null;
  return `HARVEST_BQ_${path.toUpperCase().replaceAll('.', '_')}`;
}
