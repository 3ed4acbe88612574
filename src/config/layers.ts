import { suggest } from '../catalog/suggest.ts';
import { ConnectorError } from '../errors.ts';
import { interpolate, type MissingVariable } from './interpolate.ts';
import { problemAt, type Position, type Problem } from './problem.ts';
import { nodeAt, typesOf, type ConfigKey, type SchemaNode } from './schema.ts';
import { isTree, newTree, setAt, toPath, valueAt, type Tree } from './tree.ts';
import type { YamlFile } from './yaml-file.ts';

/** A value that stands above the file: from a flag or the environment. */
export interface Upper {
  /** As `Config.origins` says it: `flag`, `environment HARVEST_BQ_SYNC_OVERLAP`. */
  readonly origin: string;
  /** As problems show it: `--overlap`, `HARVEST_BQ_SYNC_OVERLAP`. */
  readonly place: string;
  readonly value: unknown;
}

/** A variable without a value, and where the file uses it. */
export interface MissingUse extends MissingVariable {
  readonly path: string;
  readonly position: Position;
}

/** All that was given, flags over environment over file, before defaults. */
export interface Layers {
  readonly tree: Tree;
  readonly uppers: ReadonlyMap<string, Upper>;
  /** Values of the file that came wholly out of variables: path → `${NAME}`, or the default that stood in for it. */
  readonly fromVariables: ReadonlyMap<string, string>;
  /** The defaults of such values, used or not; none where there is no default: path → `1234567.pt.abc`. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly missing: readonly MissingUse[];
  readonly problems: readonly Problem[];
}

interface Filling {
  readonly schema: SchemaNode;
  readonly file: YamlFile;
  readonly uppers: ReadonlyMap<string, Upper>;
  readonly variables: ReadonlyMap<string, string>;
  readonly fromVariables: Map<string, string>;
  readonly defaults: Map<string, string>;
  readonly missing: MissingUse[];
  readonly problems: Problem[];
}

const START: Position = { line: 1, column: 1 };

/**
 * Values from flags and environment by path; a flag wins. Without a file HARVEST_ACCOUNT_ID and
 * HARVEST_ACCESS_TOKEN count too, where nothing else says the account or the login.
 *
 * @throws ConnectorError INTERNAL for a flag whose path is no key
 */
export function collectUppers(
  keys: readonly ConfigKey[],
  flags: Readonly<Record<string, unknown>>,
  variables: ReadonlyMap<string, string>,
  hasFile: boolean,
): ReadonlyMap<string, Upper> {
  const uppers = new Map<string, Upper>();
  const stray = Object.keys(flags).find((path) => !keys.some((key) => key.path === path));
  if (stray !== undefined) throw new ConnectorError('INTERNAL', `a flag sets ${stray}, which is no key`);
  const addVariable = (path: string, types: readonly string[], name: string): void => {
    const text = variables.get(name) ?? '';
    if (text !== '')
      uppers.set(path, { origin: `environment ${name}`, place: name, value: toType(text, types) });
  };
  for (const { path, types, twin } of keys) {
    const flag = flags[path];
    if (flag !== undefined) {
      const place = `--${path.slice(path.lastIndexOf('.') + 1).replaceAll('_', '-')}`;
      uppers.set(path, {
        origin: 'flag',
        place,
        value: typeof flag === 'string' ? toType(flag, types) : flag,
      });
    } else if (twin !== null) addVariable(path, types, twin);
  }
  if (hasFile) return uppers;
  if (!uppers.has('harvest.account_id')) addVariable('harvest.account_id', ['string'], 'HARVEST_ACCOUNT_ID');
  const hasLogin = [...uppers.keys()].some((path) => /^harvest\.(access_token|oauth\.)/.test(path));
  if (!hasLogin) addVariable('harvest.access_token', ['string'], 'HARVEST_ACCESS_TOKEN');
  return uppers;
}

/** Variables that look like twins and are none, such as HARVEST_BQ_SYNC_CONCURENCY. */
export function findUnknownTwins(
  keys: readonly ConfigKey[],
  variables: ReadonlyMap<string, string>,
): readonly Problem[] {
  const twins = keys.flatMap(({ twin }) => (twin === null ? [] : [twin]));
  const sections = keys.flatMap(({ path, types }) =>
    types.includes('object') && !path.includes('.') ? [`HARVEST_BQ_${path.toUpperCase()}_`] : [],
  );
  return [...variables.keys()]
    .filter((name) => sections.some((section) => name.startsWith(section)) && !twins.includes(name))
    .map((name) => {
      const meant = suggest(name, twins);
      const message = `is not a setting${meant === null ? '' : `. Did you mean ${meant}?`}`;
      return { line: null, column: null, place: 'environment', path: name, message };
    });
}

/** Puts the layers above each other; variables in the file's values are filled in where no upper layer covers them. */
export function mergeLayers(
  schema: SchemaNode,
  file: YamlFile | null,
  uppers: ReadonlyMap<string, Upper>,
  variables: ReadonlyMap<string, string>,
): Layers {
  const fromVariables = new Map<string, string>();
  const defaults = new Map<string, string>();
  const missing: MissingUse[] = [];
  const problems: Problem[] = [];
  let tree = newTree();
  if (file !== null) {
    const filling = { schema, file, uppers, variables, fromVariables, defaults, missing, problems };
    tree = fillTree(filling, file.tree, []);
  }
  for (const [path, { value }] of uppers) setAt(tree, path, value);
  return { tree, uppers, fromVariables, defaults, missing, problems };
}

/** Where a value came from, as `Config.origins` says it. */
export function originOf(layers: Layers, path: string): string {
  return layers.uppers.get(path)?.origin ?? (valueAt(layers.tree, path) === undefined ? 'default' : 'file');
}

function fillTree(filling: Filling, tree: Tree, path: readonly (string | number)[]): Tree {
  const filled = newTree();
  for (const [key, value] of Object.entries(tree)) {
    const own = [...path, key];
    const isEmptyKnownKey = value === null && nodeAt(filling.schema, own) !== undefined;
    if (!isEmptyKnownKey) filled[key] = fillValue(filling, value, own);
  }
  return filled;
}

function fillValue(filling: Filling, value: unknown, path: readonly (string | number)[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => fillValue(filling, item, [...path, index]));
  if (isTree(value)) return fillTree(filling, value, path);
  return typeof value === 'string' ? fillText(filling, value, path) : value;
}

function fillText(filling: Filling, text: string, path: readonly (string | number)[]): unknown {
  const name = toPath(path);
  const result = interpolate(text, filling.variables);
  if (filling.uppers.has(name) || (result.names.length === 0 && result.malformed === null))
    return result.text;
  const position = filling.file.spans.get(name)?.value ?? START;
  if (result.malformed !== null) {
    const message =
      'holds a ${ that begins neither ${NAME} nor ${NAME:-default}; write $${ for a literal one';
    filling.problems.push(problemAt(position, name, message));
  }
  if (result.wholly) {
    const names = result.names.map((used) => `\${${used}}`).join('');
    const origin = result.hasFallenBack ? `default of ${names} in the file` : names;
    filling.fromVariables.set(name, origin);
    if (result.defaults !== '') filling.defaults.set(name, result.defaults);
  }
  for (const missing of result.missing) filling.missing.push({ ...missing, path: name, position });
  return toType(result.text, typesOf(nodeAt(filling.schema, path) ?? {}));
}

/** A text as the type that its key wants; left alone where it cannot be one, so that validation names it. */
function toType(text: string, types: readonly string[]): unknown {
  if (!types.includes('integer') || types.includes('string')) return text;
  return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text;
}
