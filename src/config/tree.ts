/** Parsed settings: mappings without a prototype, so that no key of a file can mean something else. */
export interface Tree {
  [key: string]: unknown;
}

/** Whether a value is a mapping. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An empty mapping. */
export function newTree(): Tree {
  return Object.create(null) as Tree;
}

/** `['streams', 'include', 0]` → `streams.include[0]` */
export function toPath(segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${segment}`))
    .join('')
    .replace(/^\./, '');
}

/** The segments of a JSON pointer into a tree: `/streams/include/0` → `['streams', 'include', 0]` */
export function segmentsOf(tree: Tree, pointer: string): readonly (string | number)[] {
  let value: unknown = tree;
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const segment = Array.isArray(value) ? Number(key) : key;
      value = (value as Readonly<Record<string | number, unknown>> | undefined)?.[segment];
      return segment;
    });
}

/** The value at a dotted path of known keys, or undefined. */
export function valueAt(tree: Tree, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), tree);
}

/** Sets the value at a dotted path, making sections on the way; leaves the tree alone where a section is none. */
export function setAt(tree: Tree, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let section: unknown = tree;
  for (const key of keys) {
    if (!isTree(section)) return;
    section[key] ??= newTree();
    section = section[key];
  }
  if (isTree(section)) section[last] = value;
}
