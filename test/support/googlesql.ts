/** Google's own SQL analyser for tests: does a script for BigQuery mean something, and what? It runs nothing. */
import { parameterType, type Catalog, type ParameterType, type SqlType } from './googlesql-catalog.ts';
import { walkScript, type AnalysedStatement } from './googlesql-script.ts';
import { NoAnalyser, startServer, type SqlServer, type Tree } from './googlesql-server.ts';
import { treeAt, typeOf } from './googlesql-tree.ts';

/** What a script is analysed against. */
export interface Known {
  readonly tables: Catalog;
  /** The named parameters: by BigQuery's REST type, or as SQL writes it, such as `ARRAY<STRUCT<id INT64>>`. */
  readonly parameters?: Readonly<Record<string, ParameterType | string>>;
}

/** The running analyser. */
export interface GoogleSql extends AsyncDisposable {
  /**
   * Analyses every statement of a script, also those inside of IF and BEGIN … END.
   *
   * @returns the statements in the order in which they stand there
   * @throws SqlRefused for the first statement that is refused
   */
  readonly analyseScript: (sql: string, known: Known) => Promise<readonly AnalysedStatement[]>;
}

/** Features of the analyser that BigQuery does not have, or that are not known to work there. */
const FEATURES_OFF: ReadonlySet<number> = new Set([
  11006, // ARRAY_EQUALITY
  12005, // GROUP_BY_ARRAY, with which goes IS DISTINCT FROM of lists
  13004, // ARRAY_ORDERING
  12007, // CORRELATED_REFS_IN_NESTED_DML
  12009, // ARRAY_ELEMENTS_WITH_SET
  12010, // NESTED_UPDATE_DELETE_WITH_OFFSET
  13031, // DML_RETURNING
  13040, // ALLOW_SLASH_PATHS
]);
/** Features that BigQuery has and the analyser counts as unfinished. */
const FEATURES_ON: readonly number[] = [
  49, // INTERVAL_TYPE
  60, // CREATE_TABLE_CLONE
  62, // ALTER_COLUMN_SET_DATA_TYPE
  86, // CREATE_VIEWS_WITH_COLUMN_OPTIONS
];
const PRODUCT_EXTERNAL = 1;

let missing: string | null = null;

/** Starts the analyser; null where this machine has none, and `whyNoGoogleSql` says why. */
export async function startGoogleSql(): Promise<GoogleSql | null> {
  try {
    const server = await startServer();
    const language = await languageOf(server);
    return {
      analyseScript: async (sql, { tables, parameters = {} }) =>
        walkScript(server, language, sql, {
          tables,
          parameters: await typesOf(server, language, parameters),
        }),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } catch (error) {
    if (!(error instanceof NoAnalyser)) throw error;
    missing = error.message;
    return null;
  }
}

/** Why the last start gave null. */
export function whyNoGoogleSql(): string | null {
  return missing;
}

/** The language as BigQuery speaks it; an empty list of statements stands for all. */
async function languageOf(server: SqlServer): Promise<Tree> {
  const most = await server.call('getLanguageOptions', { maximumFeatures: true });
  const features = (most['enabledLanguageFeatures'] as readonly number[]).filter(
    (one) => !FEATURES_OFF.has(one),
  );
  return {
    ...most,
    enabledLanguageFeatures: [...features, ...FEATURES_ON],
    productMode: PRODUCT_EXTERNAL,
    supportedStatementKinds: [],
    errorOnDeprecatedSyntax: true,
  };
}

async function typesOf(
  server: SqlServer,
  language: Tree,
  parameters: Readonly<Record<string, ParameterType | string>>,
): Promise<ReadonlyMap<string, SqlType>> {
  const types = new Map<string, SqlType>();
  for (const [name, type] of Object.entries(parameters)) {
    types.set(name, typeof type === 'string' ? await written(server, language, type) : parameterType(type));
  }
  return types;
}

/** A type as SQL writes it, read by the analyser itself. */
async function written(server: SqlServer, language: Tree, type: string): Promise<SqlType> {
  const answer = await server.call('analyze', {
    options: { languageOptions: language },
    simpleCatalog: { builtinFunctionOptions: { languageOptions: language } },
    sqlExpression: `CAST(NULL AS ${type})`,
  });
  const read = typeOf(treeAt(answer, 'resolvedExpression'));
  if (read === undefined) throw new Error(`The SQL analyser does not know the type ${type}`);
  return read;
}
