/**
 * A sandbox behind a proxy that puts a word of its own into every text that a stream's records carry, and the choice of
 * columns that wants none of them in plain.
 */
import { createHash } from 'node:crypto';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import type { Column } from '../../src/catalog/column.ts';
import type { Stream } from '../../src/catalog/stream.ts';
import type { ColumnChoice } from '../../src/config/config.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { Target } from './engine.ts';
import { cut, startServer, text, type Step } from './http-server.ts';

/** What a planted word looks like. */
const WORD = /ZZ[0-9a-f]{12}ZZ/g;

/** The planted words that stand in a text. */
export function wordsIn(content: string): readonly string[] {
  return [...new Set(content.match(WORD) ?? [])];
}

export interface Planting extends AsyncDisposable {
  readonly target: Target;
  /** Leaves out or hashes, by turns, every text that is not needed to keep a table right. */
  readonly overrides: ReadonlyMap<string, ColumnChoice>;
  /** The words that were planted so far. */
  readonly words: ReadonlySet<string>;
}

const streams = [...loadCatalog().streams.values()];

/** Starts the proxy. */
export async function startPlanting(sandbox: Sandbox): Promise<Planting> {
  const words = new Set<string>();
  const plant = (seed: string): string => {
    const word = `ZZ${createHash('sha256').update(seed).digest('hex').slice(0, 12)}ZZ`;
    words.add(word);
    return word;
  };
  const server = await startServer(({ url, headers }) => (response, request) => {
    const kept = { authorization: headers.authorization ?? '', 'user-agent': headers['user-agent'] ?? '' };
    const account = { 'harvest-account-id': String(headers['harvest-account-id'] ?? '') };
    const answer = async (): Promise<Step> => {
      const found = await fetch(new URL(url, sandbox.baseUrl), { headers: { ...kept, ...account } });
      const body = await found.text();
      const stream = streamAt(url);
      const isOwn = ([name]: readonly [string, string]): boolean =>
        !/^(content-|transfer-|connection)/.test(name);
      const sent = Object.fromEntries([...found.headers].filter(isOwn));
      if (!found.ok || !body.startsWith('{') || stream === null) return text(body, found.status, sent);
      // links lead through the proxy
      const links = [sandbox.baseUrl, `${server.origin}/v2`] as const;
      return text(plantAll(stream, body, plant).replaceAll(...links), 200, sent);
    };
    void answer()
      .catch(() => cut)
      .then((step) => step(response, request));
  });
  return {
    target: {
      baseUrl: `${server.origin}/v2`,
      identityUrl: sandbox.identityUrl,
      accountId: sandbox.accountId,
      token: sandbox.tokens.administrator,
    },
    overrides: new Map(streams.map((stream) => [stream.name, choiceOf(stream)])),
    words,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

type Fields = Record<string, unknown>;

/** The stream whose records an address answers with; the token's owner is a user. */
function streamAt(url: string): Stream | null {
  const path = url.replace(/^\/v2\//, '').replace(/\?.*$/, '');
  if (path === 'users/me') return streams.find(({ name }) => name === 'users') ?? null;
  return (
    streams.find((stream) => new RegExp(`^${stream.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)) ??
    null
  );
}

/** The answer with words in the place of texts. */
function plantAll(stream: Stream, body: string, plant: (seed: string) => string): string {
  const fields = JSON.parse(body) as Fields;
  const list = fields[stream.records ?? ''];
  const records = Array.isArray(list) ? (list as readonly Fields[]) : [fields];
  for (const record of records) plantInto(record, unneeded(stream), stream.name, plant);
  return JSON.stringify(fields);
}

function plantInto(
  record: Fields,
  columns: readonly Column[],
  place: string,
  plant: (seed: string) => string,
): void {
  for (const { path, fields, type } of columns) {
    let holder: unknown = record;
    for (const name of path.slice(0, -1)) holder = isFields(holder) ? holder[name] : undefined;
    const name = path.at(-1) ?? '';
    const value = isFields(holder) ? holder[name] : undefined;
    if (!isFields(holder) || value === undefined || value === null) continue;
    const seed = `${place}.${path.join('.')}`;
    if (fields !== undefined && Array.isArray(value)) {
      for (const element of value.filter(isFields)) plantInto(element, fields, seed, plant);
    } else if (type === 'STRING' && Array.isArray(value)) {
      holder[name] = value.map((each) => plant(`${seed}.${String(each)}`));
    } else if (type === 'STRING') holder[name] = plant(`${seed}.${String(value)}`);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The texts of a stream that its table can do without. */
function unneeded(stream: Stream): readonly Column[] {
  const needed = new Set([...stream.primary_key, stream.cursor, stream.dated]);
  const isRole = ({ name }: Column): boolean => stream.name === 'users' && name.endsWith('roles');
  return stream.columns.filter(
    (column) =>
      (column.type === 'STRING' || column.fields !== undefined) &&
      column.path.length > 0 &&
      !needed.has(column.name) &&
      !isRole(column),
  );
}

/** Every other single text is hashed, the others are left out. */
function choiceOf(stream: Stream): ColumnChoice {
  const named = (columns: readonly Column[], prefix = ''): readonly (readonly [string, Column])[] =>
    columns.flatMap((column): readonly (readonly [string, Column])[] =>
      column.fields === undefined
        ? [[prefix + column.name, column]]
        : named(
            column.fields.filter(({ type }) => type === 'STRING'),
            `${prefix}${column.name}.`,
          ),
    );
  const exclude: string[] = [];
  const hash: string[] = [];
  for (const [at, [name, column]] of named(unneeded(stream)).entries()) {
    (at % 2 === 0 || column.mode === 'REPEATED' ? exclude : hash).push(name);
  }
  return { include: null, exclude, hash };
}
