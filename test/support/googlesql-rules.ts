/** What BigQuery refuses, or what goes wrong quietly, although the analyser accepts it. Pure. */
import { typeText, type Catalog, type SqlType } from './googlesql-catalog.ts';
import type { Tree } from './googlesql-server.ts';
import { inherited, listAt, nodesOf, treeAt, typeOf, unwrap } from './googlesql-tree.ts';

/** The number of FULL among the analyser's types of joins. */
const FULL = 3;
/** The lists of an UPDATE item that BigQuery has no syntax for. */
const NESTED = ['deleteList', 'updateList', 'insertList', 'arrayUpdateList'];

/** A resolved statement, such as `resolvedMergeStmtNode`, and where it stands. */
export interface Resolved {
  readonly kind: string;
  readonly node: Tree;
  readonly inTransaction: boolean;
}

/** What is wrong with a statement; null where nothing is. */
export function brokenRule(statement: Resolved, catalog: Catalog): string | null {
  return (
    permanentDdl(statement) ??
    otherFieldNames(statement) ??
    nestedDml(statement) ??
    missingRequired(statement, catalog) ??
    unequalFullJoin(statement)
  );
}

/** @see https://cloud.google.com/bigquery/docs/transactions (checked 2026-11-24) */
function permanentDdl({ kind, node, inTransaction }: Resolved): string | null {
  if (!inTransaction || !/^resolved(Create|Alter|Drop|Rename)/.test(kind)) return null;
  const path = inherited(node, 'namePath');
  if (Array.isArray(path) && path.length === 1) return null;
  return 'A transaction takes no DDL on permanent tables';
}

/** The analyser goes by the position of a field alone, so that two swapped STRING fields would pass. */
function otherFieldNames({ kind, node }: Resolved): string | null {
  if (!/Insert|Update|Merge/.test(kind)) return null;
  for (const cast of nodesOf(node, 'resolvedCastNode')) {
    const from = typeOf(treeAt(cast, 'expr'));
    const to = inherited(cast, 'type') as SqlType | undefined;
    if (from === undefined || to === undefined || fieldNames(from) === fieldNames(to)) continue;
    return `A list of records is assigned by position, but the names differ: ${typeText(from)} becomes ${typeText(to)}`;
  }
  return null;
}

/** The names of the fields of a list of records; empty for any other type. */
function fieldNames(type: SqlType): string {
  const fields = type.arrayType?.elementType.structType?.field ?? [];
  return fields.map((field) => `${field.fieldName.toLowerCase()} ${fieldNames(field.fieldType)}`).join(',');
}

function nestedDml({ node }: Resolved): string | null {
  const items = [...listAt(node, 'updateItemList')];
  for (const when of listAt(node, 'whenClauseList')) items.push(...listAt(when, 'updateItemList'));
  const isNested = items.some((item) => NESTED.some((key) => listAt(item, key).length > 0));
  return isNested ? 'BigQuery assigns to columns and fields only, never to elements of a list' : null;
}

function missingRequired({ kind, node }: Resolved, catalog: Catalog): string | null {
  const inserts =
    kind === 'resolvedInsertStmtNode'
      ? [node]
      : listAt(node, 'whenClauseList').filter((when) => treeAt(when, 'insertRow') !== undefined);
  const name = treeAt(treeAt(node, 'tableScan'), 'table')?.['fullName'];
  const table = catalog.find(({ path }) => path.join('.') === name);
  for (const insert of inserts) {
    const given = new Set(
      listAt(insert, 'insertColumnList').map((column) => String(column['name']).toLowerCase()),
    );
    const missing = table?.columns.find((column) => column.required && !given.has(column.name.toLowerCase()));
    if (missing !== undefined) return `The REQUIRED column ${missing.name} is not inserted`;
  }
  return null;
}

/** BigQuery: "FULL OUTER JOIN cannot be used without a condition that is an equality of fields from both sides". */
function unequalFullJoin({ node }: Resolved): string | null {
  for (const join of nodesOf(node, 'resolvedJoinScanNode')) {
    if (join['joinType'] === FULL && !hasEquality(treeAt(join, 'joinExpr'))) {
      return 'A FULL JOIN needs an equality of columns of both sides';
    }
  }
  return null;
}

function hasEquality(expression: Tree | undefined): boolean {
  const node = unwrap(expression)?.node;
  const called = inherited(node, 'function') as Tree | undefined;
  if (called?.['name'] === 'ZetaSQL:$equal') return true;
  if (called?.['name'] !== 'ZetaSQL:$and') return false;
  return (inherited(node, 'argumentList') as readonly Tree[]).some(hasEquality);
}
