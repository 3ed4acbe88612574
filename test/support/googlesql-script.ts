/**
 * Walks a script of several statements and has each analysed. The script is parsed as a whole; then every statement,
 * condition and assignment is analysed on its own, in order, with the variables and tables that it finds. What stands
 * before it becomes white space, so that the positions in the analyser's messages are those of the script.
 */
import {
  catalogMessage,
  scalar,
  typeText,
  type Catalog,
  type CatalogTable,
  type SqlType,
} from './googlesql-catalog.ts';
import { brokenRule } from './googlesql-rules.ts';
import { AnalyserRefused, type SqlServer, type Tree } from './googlesql-server.ts';
import { inherited, listAt, treeAt, typeOf, unwrap } from './googlesql-tree.ts';

/** A statement that was accepted. */
export interface AnalysedStatement {
  /** Such as `query`, `insert`, `merge`, `createTableAsSelect`, `commit`; of a script `if`, `raise`, `declare`, `set`. */
  readonly kind: string;
  readonly sql: string;
  /** What a query or view answers: `[['id', 'INT64']]`. */
  readonly columns: readonly (readonly [name: string, type: string])[];
}

/** The analyser, or a rule of BigQuery's that it does not know, refuses a statement. */
export class SqlRefused extends Error {
  override readonly name = 'SqlRefused';
  /** What was said, with the position in the script: `Unrecognized name: nope [at 3:8]`. */
  readonly reason: string;
  /** The statement, condition or assigned expression. */
  readonly sql: string;

  constructor(reason: string, sql: string, options?: ErrorOptions) {
    super(`${reason}\n${sql}`, options);
    this.reason = reason;
    this.sql = sql;
  }
}

type Types = ReadonlyMap<string, SqlType>;

/** @throws SqlRefused */
export async function walkScript(
  server: SqlServer,
  language: Tree,
  sql: string,
  known: { readonly tables: Catalog; readonly parameters: Types },
): Promise<readonly AnalysedStatement[]> {
  const script = new Script(server, language, sql, known);
  try {
    await script.walk();
    return script.accepted;
  } finally {
    await script.forget();
  }
}

const SYSTEM_VARIABLES: Readonly<Record<string, string>> = {
  row_count: 'INT64',
  'error.message': 'STRING',
  'error.statement_text': 'STRING',
  'error.formatted_stack_trace': 'STRING',
  project_id: 'STRING',
  dataset_id: 'STRING',
  time_zone: 'STRING',
  'script.job_id': 'STRING',
  'script.bytes_billed': 'INT64',
  'script.bytes_processed': 'INT64',
};
const MESSAGE_IN_ONE_LINE = 1;
/** Its position is that of the query around the expression, which is ours. */
const NOT_ASSIGNABLE = /^Query column 1 has type (.+) which cannot be coerced to target type (.+) \[at/;

class Script {
  readonly accepted: AnalysedStatement[] = [];
  readonly #server: SqlServer;
  readonly #language: Tree;
  readonly #sql: string;
  readonly #bytes: Buffer;
  readonly #options: Tree;
  #tables: Catalog;
  #variables: Types = new Map();
  #inTransaction = false;
  /** Of the catalogue at the server; null where it has to be sent again. */
  #catalogId: unknown = null;

  constructor(
    server: SqlServer,
    language: Tree,
    sql: string,
    known: { readonly tables: Catalog; readonly parameters: Types },
  ) {
    this.#server = server;
    this.#language = language;
    this.#sql = sql;
    this.#bytes = Buffer.from(sql);
    this.#tables = known.tables;
    this.#options = {
      languageOptions: language,
      queryParameters: [...known.parameters].map(([name, type]) => ({ name, type })),
      systemVariables: Object.entries(SYSTEM_VARIABLES).map(([name, type]) => ({
        namePath: name.split('.'),
        type: scalar(type),
      })),
      errorMessageMode: MESSAGE_IN_ONE_LINE,
      defaultTimezone: 'UTC',
    };
  }

  async walk(): Promise<void> {
    const answer = await this.#ask(this.#sql, 'parse', {
      sqlStatement: this.#sql,
      allowScript: true,
      options: this.#language,
    });
    await this.#list(treeAt(treeAt(answer, 'parsedScript'), 'statementListNode'));
    if (this.accepted.length === 0) throw new SqlRefused('There is no statement', this.#sql);
  }

  async forget(): Promise<void> {
    const id = this.#catalogId;
    this.#catalogId = null;
    if (id !== null) await this.#server.call('unregisterCatalog', { registeredId: id });
  }

  async #list(list: Tree | undefined): Promise<void> {
    for (const statement of listAt(list, 'statementList')) await this.#statement(statement);
  }

  async #statement(wrapped: Tree): Promise<void> {
    const { kind, node } = unwrap(wrapped) ?? { kind: 'nothing', node: {} };
    const scripted = this.#scripted(kind, node);
    if (scripted === null) await this.#resolve(node);
    else {
      this.accepted.push({ kind: scripted.kind, sql: this.#source(node), columns: [] });
      await scripted.analyse();
    }
  }

  /** How to analyse what only scripts have; null for the statements that the analyser takes itself. */
  #scripted(
    kind: string,
    node: Tree,
  ): { readonly kind: string; readonly analyse: () => Promise<void> } | null {
    switch (kind) {
      case 'astIfStatementNode':
        return { kind: 'if', analyse: () => this.#if(node) };
      case 'astWhileStatementNode':
        return { kind: 'while', analyse: () => this.#while(node) };
      case 'astBeginEndBlockNode':
        return { kind: 'block', analyse: () => this.#block(node) };
      case 'astVariableDeclarationNode':
        return { kind: 'declare', analyse: () => this.#declare(node) };
      case 'astSingleAssignmentNode':
        return { kind: 'set', analyse: () => this.#set(node) };
      case 'astRaiseStatementNode':
        return { kind: 'raise', analyse: () => this.#optional(treeAt(node, 'message'), scalar('STRING')) };
      case 'astReturnStatementNode':
      case 'astBreakStatementNode':
      case 'astContinueStatementNode':
        return {
          kind: kind.slice('ast'.length, -'StatementNode'.length).toLowerCase(),
          analyse: async () => {},
        };
      case 'astCaseStatementNode':
      case 'astRepeatStatementNode':
      case 'astForInStatementNode':
      case 'astAssignmentFromStructNode':
        throw new Error(`The walk through scripts does not know ${kind} yet: ${this.#source(node)}`);
      default:
        return null;
    }
  }

  async #if(node: Tree): Promise<void> {
    await this.#optional(treeAt(node, 'condition'), scalar('BOOL'));
    await this.#list(treeAt(node, 'thenList'));
    for (const clause of listAt(treeAt(node, 'elseifClauses'), 'elseifClauses')) {
      await this.#optional(treeAt(clause, 'condition'), scalar('BOOL'));
      await this.#list(treeAt(clause, 'body'));
    }
    await this.#list(treeAt(node, 'elseList'));
  }

  async #while(node: Tree): Promise<void> {
    await this.#optional(treeAt(node, 'condition'), scalar('BOOL'));
    await this.#list(inherited(node, 'body') as Tree | undefined);
  }

  async #block(node: Tree): Promise<void> {
    const outer = this.#variables;
    await this.#list(treeAt(node, 'statementListNode'));
    await this.#know(outer);
    for (const handler of listAt(treeAt(node, 'handlerList'), 'exceptionHandlerList')) {
      await this.#list(treeAt(handler, 'statementList'));
    }
  }

  async #declare(node: Tree): Promise<void> {
    const declared = treeAt(node, 'type');
    const first = treeAt(node, 'defaultValue');
    const type = declared === undefined ? undefined : await this.#typeNamed(unwrap(declared)?.node ?? {});
    const given = first === undefined ? undefined : await this.#expression(unwrap(first)?.node ?? {}, type);
    const result = type ?? given;
    if (result === undefined) throw new Error(`No type in ${this.#source(node)}`);
    const names = listAt(treeAt(node, 'variableList'), 'identifierList').map((name) =>
      String(name['idString']),
    );
    await this.#know(new Map([...this.#variables, ...names.map((name) => [name, result] as const)]));
  }

  async #set(node: Tree): Promise<void> {
    const name = String(treeAt(node, 'variable')?.['idString']);
    const type = [...this.#variables].find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
    if (type === undefined) this.#refuse(`Undeclared variable: ${name}`, node);
    await this.#optional(treeAt(node, 'expression'), type);
  }

  async #optional(expression: Tree | undefined, type: SqlType): Promise<void> {
    const node = unwrap(expression)?.node;
    if (node !== undefined) await this.#expression(node, type);
  }

  /** Analyses an expression, which has to be of the type or assignable to it. */
  async #expression(node: Tree, type: SqlType | undefined): Promise<SqlType | undefined> {
    const { start, end } = rangeOf(node);
    const before = this.#blank(start);
    const room = before.replace(/ {6}(?=\s)/, 'SELECT');
    const query = `${room === before ? `SELECT ${before}` : room}${this.#text(start, end)}`;
    const options = { ...this.#options, ...(type === undefined ? {} : { targetColumnTypes: [type] }) };
    const answer = await this.#analyse(node, { options, sqlStatement: query }).catch((error: unknown) => {
      const [, is, wanted] = (error instanceof SqlRefused && NOT_ASSIGNABLE.exec(error.reason)) || [];
      if (wanted !== undefined) this.#refuse(`A value of type ${is} where ${wanted} is wanted`, node);
      throw error;
    });
    const column = outputColumns(unwrap(treeAt(answer, 'resolvedStatement'))?.node)[0];
    return column?.type;
  }

  async #typeNamed(node: Tree): Promise<SqlType | undefined> {
    const { start, end } = rangeOf(node);
    const sqlExpression = `CAST(NULL AS ${this.#text(start, end)})`;
    const answer = await this.#analyse(node, { options: this.#options, sqlExpression });
    return typeOf(treeAt(answer, 'resolvedExpression'));
  }

  async #resolve(parsed: Tree): Promise<void> {
    const { start, end } = rangeOf(parsed);
    const sqlStatement = `${this.#blank(start)}${this.#text(start, end)}`;
    const answer = await this.#analyse(parsed, { options: this.#options, sqlStatement });
    const { kind, node } = unwrap(treeAt(answer, 'resolvedStatement')) ?? { kind: '', node: {} };
    const broken = brokenRule({ kind, node, inTransaction: this.#inTransaction }, this.#tables);
    if (broken !== null) this.#refuse(broken, parsed);
    this.accepted.push({
      kind: kind.replace(
        /^resolved(.)(.*)StmtNode$/,
        (_, first: string, rest: string) => first.toLowerCase() + rest,
      ),
      sql: this.#source(parsed),
      columns: outputColumns(node).map(({ name, type }) => [name, typeText(type)]),
    });
    if (kind === 'resolvedBeginStmtNode') this.#inTransaction = true;
    if (kind === 'resolvedCommitStmtNode' || kind === 'resolvedRollbackStmtNode') this.#inTransaction = false;
    await this.#created(kind, node);
  }

  /** Later statements know a table or view that was made. */
  async #created(kind: string, node: Tree): Promise<void> {
    const made = inherited(node, 'columnDefinitionList') ?? inherited(node, 'outputColumnList');
    if (!/^resolvedCreate(Table|View)/.test(kind) || !Array.isArray(made)) return;
    const path = inherited(node, 'namePath') as readonly string[];
    const columns = kind.startsWith('resolvedCreateTable')
      ? definedColumns(made as Tree[])
      : outputColumns(node);
    const table: CatalogTable = { path, columns: columns.map((column) => ({ ...column, required: false })) };
    const name = path.join('.');
    this.#tables = [...this.#tables.filter((other) => other.path.join('.') !== name), table];
    await this.forget();
  }

  async #know(variables: Types): Promise<void> {
    this.#variables = variables;
    await this.forget();
  }

  async #analyse(node: Tree, request: Tree): Promise<Tree> {
    if (this.#catalogId === null) {
      const simpleCatalog = catalogMessage(this.#tables, this.#variables, this.#language);
      this.#catalogId = (await this.#server.call('registerCatalog', { simpleCatalog }))['registeredId'];
    }
    return this.#ask(this.#source(node), 'analyze', { ...request, registeredCatalogId: this.#catalogId });
  }

  async #ask(sql: string, call: 'analyze' | 'parse', request: Tree): Promise<Tree> {
    try {
      return await this.#server.call(call, request);
    } catch (error) {
      if (error instanceof AnalyserRefused) throw new SqlRefused(error.message, sql, { cause: error });
      throw error;
    }
  }

  #refuse(reason: string, node: Tree): never {
    const lines = this.#text(0, rangeOf(node).start).split('\n');
    const column = (lines.at(-1)?.length ?? 0) + 1;
    throw new SqlRefused(`${reason} [at ${lines.length}:${column}]`, this.#source(node));
  }

  #source(node: Tree): string {
    const { start, end } = rangeOf(node);
    return this.#text(start, end);
  }

  /** Between two positions of the parser, which counts bytes. */
  #text(start: number, end: number): string {
    return this.#bytes.subarray(start, end).toString();
  }

  #blank(end: number): string {
    return this.#text(0, end).replaceAll(/[^\n\t]/gu, ' ');
  }
}

function rangeOf(node: Tree): { readonly start: number; readonly end: number } {
  const range = inherited(node, 'parseLocationRange') as Tree | undefined;
  if (range === undefined) throw new Error('A parsed node has no position');
  return { start: Number(range['start']), end: Number(range['end']) };
}

function outputColumns(node: Tree | undefined): readonly { readonly name: string; readonly type: SqlType }[] {
  const list = inherited(node, 'outputColumnList');
  if (!Array.isArray(list)) return [];
  return (list as Tree[]).map((output) => ({
    name: String(output['name']),
    type: treeAt(output, 'column')?.['type'] as SqlType,
  }));
}

function definedColumns(list: readonly Tree[]): readonly { readonly name: string; readonly type: SqlType }[] {
  return list.map((column) => ({ name: String(column['name']), type: column['type'] as SqlType }));
}
