/** Ways through the messages of Google's SQL analyser. */
import type { SqlType } from './googlesql-catalog.ts';
import type { Tree } from './googlesql-server.ts';

/** A message inside a message; undefined where it is not set. */
export function treeAt(tree: Tree | undefined, key: string): Tree | undefined {
  const value = tree?.[key];
  return isTree(value) ? value : undefined;
}

/** The messages of a repeated field. */
export function listAt(tree: Tree | undefined, key: string): readonly Tree[] {
  const value = tree?.[key];
  return Array.isArray(value) ? value.filter(isTree) : [];
}

/** A node out of its wrappers, `{ node: 'resolvedCastNode', resolvedCastNode: {…} }`, with the innermost name. */
export function unwrap(tree: Tree | undefined): { readonly kind: string; readonly node: Tree } | undefined {
  const kind = tree?.['node'];
  if (typeof kind !== 'string') return undefined;
  const node = treeAt(tree, kind);
  return node === undefined ? undefined : (unwrap(node) ?? { kind, node });
}

/** What a node, or the nearest of the messages that it extends, says under a key. */
export function inherited(node: Tree | undefined, key: string): unknown {
  for (let at = node; at !== undefined; at = treeAt(at, 'parent')) {
    const value = at[key];
    if (value !== null && value !== undefined) return value;
  }
  return undefined;
}

/** The type of an expression. */
export function typeOf(expression: Tree | undefined): SqlType | undefined {
  const type = inherited(unwrap(expression)?.node, 'type');
  return isTree(type) ? (type as unknown as SqlType) : undefined;
}

/** Every node of one kind, at any depth. */
export function* nodesOf(tree: unknown, kind: string): Generator<Tree> {
  if (Array.isArray(tree)) {
    for (const item of tree) yield* nodesOf(item, kind);
  } else if (isTree(tree)) {
    for (const [key, value] of Object.entries(tree)) {
      if (key === kind && isTree(value)) yield value;
      yield* nodesOf(value, kind);
    }
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
