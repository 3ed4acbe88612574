/**
 * Chooses streams by words: a name (`clients`), a glob (`invoice*`), a tag (`tag:billing`), or any of these with a
 * leading `-` to take them out again. Pure.
 */
import { ConnectorError } from '../errors.ts';
import type { Catalog } from './catalog.ts';
import type { Stream } from './stream.ts';
import { didYouMean } from './suggest.ts';

/** The lists that decide together which streams take part. */
export interface StreamChoice {
  /** `streams.include` and `streams.exclude` of the configuration. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Arguments of the command line; empty: all that the configuration includes. */
  readonly only?: readonly string[];
  /** `--exclude` of the command line. */
  readonly except?: readonly string[];
}

const TAG = 'tag:';

/**
 * Selects the streams of a run, in the catalogue's order (parents first). The command line narrows what the
 * configuration chose and never widens it. Selecting a child does not select its parent.
 *
 * @throws ConnectorError USAGE_UNKNOWN_STREAM for a word that names or matches nothing, for a stream that the
 * configuration leaves out, and where nothing is left
 */
export function selectStreams(catalog: Catalog, choice: StreamChoice): readonly Stream[] {
  const all = [...catalog.streams.values()];
  const configured = pick(catalog, all, choice.include, choice.exclude);
  if (configured.length === 0) throw unknown('The configuration selects no stream.');
  const only = choice.only ?? [];
  for (const word of only) assertConfigured(word, configured, catalog);
  const selected = pick(catalog, configured, only, choice.except ?? []);
  if (selected.length === 0) throw unknown('Nothing is left to sync: every stream is excluded.');
  return selected;
}

/**
 * Says what is wrong with a word of a stream list, or null where it names at least one stream: for callers that
 * gather mistakes instead of throwing.
 */
export function findWordMistake(catalog: Catalog, word: string): string | null {
  const bare = withoutMinus(word);
  if (matching(catalog.streams.values(), bare).length > 0) return null;
  const names = [...catalog.streams.keys()];
  if (bare.startsWith(TAG)) {
    const tags = new Set([...catalog.streams.values()].flatMap((stream) => stream.tags));
    const tag = bare.slice(TAG.length);
    return `There is no tag ${tag}.${didYouMean(tag, tags)} Tags: ${[...tags].toSorted().join(', ')}.`;
  }
  if (isGlob(bare)) return `The pattern ${bare} matches no stream.`;
  return `There is no stream ${bare}.${didYouMean(bare, names)}`;
}

/** What `include` names (everything, if it only takes out) without what it takes out and `exclude` names. */
function pick(
  catalog: Catalog,
  among: readonly Stream[],
  include: readonly string[],
  exclude: readonly string[],
): readonly Stream[] {
  for (const word of [...include, ...exclude]) {
    const mistake = findWordMistake(catalog, word);
    if (mistake !== null) throw unknown(mistake, word);
  }
  const wanted = include.filter((word) => !word.startsWith('-'));
  const unwanted = [...include.filter((word) => word.startsWith('-')), ...exclude].map(withoutMinus);
  return among.filter(
    (stream) =>
      (wanted.length === 0 || wanted.some((word) => matches(stream, word))) &&
      !unwanted.some((word) => matches(stream, word)),
  );
}

function assertConfigured(word: string, configured: readonly Stream[], catalog: Catalog): void {
  const bare = withoutMinus(word);
  const known = matching(catalog.streams.values(), bare);
  if (word.startsWith('-') || known.length === 0 || matching(configured, bare).length > 0) return;
  const names = known.map((stream) => stream.name).join(', ');
  throw unknown(
    `The configuration leaves out ${names}.`,
    word,
    'Add it to streams.include, or take it out of streams.exclude.',
  );
}

function matching(streams: Iterable<Stream>, word: string): readonly Stream[] {
  return [...streams].filter((stream) => matches(stream, word));
}

function matches(stream: Stream, word: string): boolean {
  if (word.startsWith(TAG)) return stream.tags.includes(word.slice(TAG.length));
  return isGlob(word) ? globPattern(word).test(stream.name) : stream.name === word;
}

function isGlob(word: string): boolean {
  return /[*?]/.test(word);
}

/** `*` stands for any characters, `?` for one. */
function globPattern(glob: string): RegExp {
  const escaped = glob.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

function withoutMinus(word: string): string {
  return word.startsWith('-') ? word.slice(1) : word;
}

function unknown(message: string, word?: string, hint?: string): ConnectorError {
  return new ConnectorError('USAGE_UNKNOWN_STREAM', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(word === undefined ? {} : { details: { word } }),
  });
}
