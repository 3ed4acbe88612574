import { readFile, stat } from 'node:fs/promises';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type YAMLError,
} from 'yaml';
import { invalidConfig, problemAt, problemOfFile, type Position, type Problem } from './problem.ts';
import { newTree, toPath, type Tree } from './tree.ts';

/** Where a key and its value stand. */
export interface Span {
  readonly key: Position;
  readonly value: Position;
}

/** A file after parsing: plain values, and where each of them stands. */
export interface YamlFile {
  readonly tree: Tree;
  readonly spans: ReadonlyMap<string, Span>;
  /** Mistakes that leave the rest readable, such as a key that is given twice. */
  readonly problems: readonly Problem[];
}

interface Walk {
  readonly document: Document.Parsed;
  readonly at: (range: readonly number[] | null | undefined) => Position;
  readonly spans: Map<string, Span>;
  readonly problems: Problem[];
  aliases: number;
}

type Segments = readonly (string | number)[];

const MAXIMUM_BYTES = 1_000_000;
/** Enough for any file written by hand; repeated doubling by aliases is cut here. */
const MAXIMUM_ALIASES = 100;

const NO_ANCHOR = 'uses an alias (*name) for which there is no anchor (&name) before it';

/** What the parser's codes mean. Its own sentences may repeat the text of the file, and so a secret. */
const SYNTAX: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'is indented with a tab; YAML wants spaces',
  BAD_INDENT: 'is not indented like the lines around it',
  BAD_ALIAS: NO_ANCHOR,
  BAD_DQ_ESCAPE: 'has an escape (\\) that YAML does not know; use single quotes',
  BAD_SCALAR_START: 'begins with a character that must be quoted',
  BLOCK_AS_IMPLICIT_KEY: 'has a second colon; quote the value',
  MISSING_CHAR: 'lacks a closing quote or bracket, or a colon or comma',
  MULTILINE_IMPLICIT_KEY: 'lacks a colon after the key',
  MULTIPLE_DOCS: 'begins a second document; a configuration is one',
  TAG_RESOLVE_FAILED: 'has a tag (!name), which is not used here',
};

/**
 * Reads and parses a configuration file.
 *
 * @param shown the file's name for messages
 * @throws ConnectorError CONFIG_INVALID where it cannot be read, is no YAML, is empty or no mapping
 */
export async function loadYamlFile(path: string, shown: string): Promise<YamlFile> {
  const text = await readText(path, shown);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const at: Walk['at'] = (range) => {
    const { line, col } = lines.linePos(range?.[0] ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = [...document.errors, ...document.warnings].map((error) =>
    problemAt(at(error.pos), '', SYNTAX[error.code] ?? 'is not valid YAML'),
  );
  if (broken.length > 0) throw invalidConfig(shown, firstPerLine(broken));
  const walk: Walk = { document, at, spans: new Map(), problems: [], aliases: 0 };
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    const message = 'is empty; begin with version: 1, or copy config/harvest-bq.example.yaml';
    throw invalidConfig(shown, [problemAt({ line: 1, column: 1 }, '', message)]);
  }
  if (!isMap(document.contents)) {
    const message = 'must be a mapping of settings that begins with version: 1';
    throw invalidConfig(shown, [problemAt(at(document.contents.range), '', message)]);
  }
  const tree = plainValue(walk, document.contents, []) as Tree;
  return { tree, spans: walk.spans, problems: walk.problems };
}

async function readText(path: string, shown: string): Promise<string> {
  const refuse = (message: string): Error => invalidConfig(shown, [problemOfFile(message)]);
  let bytes: Buffer;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw refuse('is a folder, not a file');
    if (found.size > MAXIMUM_BYTES) throw refuse('is larger than 1 MB, which no configuration is');
    bytes = await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw code?.startsWith('E') === true ? refuse(`cannot be read (${code})`) : cause;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse('is not UTF-8 text');
  }
}

function plainValue(walk: Walk, node: unknown, path: Segments): unknown {
  if (isAlias(node)) {
    walk.aliases += 1;
    if (walk.aliases === MAXIMUM_ALIASES + 1) {
      const message = `uses more than ${MAXIMUM_ALIASES} aliases; write the values out`;
      walk.problems.push(problemAt(walk.at(node.range), toPath(path), message));
    }
    if (walk.aliases > MAXIMUM_ALIASES) return undefined;
    const target = node.resolve(walk.document);
    if (target === undefined) walk.problems.push(problemAt(walk.at(node.range), toPath(path), NO_ANCHOR));
    return plainValue(walk, target, path);
  }
  if (isMap(node)) {
    const tree = newTree();
    for (const { key, value } of node.items) addPair(walk, tree, key, value, path);
    return tree;
  }
  if (isSeq(node)) {
    return node.items.map((item, index) => {
      const at = walk.at(rangeOf(item));
      walk.spans.set(toPath([...path, index]), { key: at, value: at });
      return plainValue(walk, item, [...path, index]);
    });
  }
  return isScalar(node) ? node.value : node;
}

function addPair(walk: Walk, tree: Tree, key: unknown, value: unknown, path: Segments): void {
  const keyAt = walk.at(rangeOf(key));
  if (!isScalar(key) || typeof key.value !== 'string') {
    walk.problems.push(problemAt(keyAt, toPath(path), 'has a key that is not a word'));
    return;
  }
  const own = [...path, key.value];
  const name = toPath(own);
  if (Object.hasOwn(tree, key.value)) {
    const first = walk.spans.get(name)?.key.line ?? 1;
    walk.problems.push(problemAt(keyAt, name, `is given twice, first in line ${first}`));
    return;
  }
  walk.spans.set(name, { key: keyAt, value: walk.at(rangeOf(value) ?? rangeOf(key)) });
  tree[key.value] = plainValue(walk, value, own);
}

function rangeOf(node: unknown): readonly number[] | null | undefined {
  return (node as { readonly range?: readonly number[] | null } | null)?.range;
}

/** One broken place makes the parser stumble several times; the first of a line is the one that tells. */
function firstPerLine(problems: readonly Problem[]): readonly Problem[] {
  return [...Map.groupBy(problems, ({ line }) => line).values()].flatMap((group) => group.slice(0, 1));
}
