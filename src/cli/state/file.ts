/** Checkpoints as a file: what `state export` writes and `state import` reads. Pure. */
import { ConnectorError } from '../../errors.ts';
import type { Tombstone } from '../../warehouse/erasure.ts';
import type { StoredState } from '../../warehouse/warehouse.ts';
import { faultIn } from './fields.ts';

/** What the file calls itself. */
const FORMAT = 'harvest-bq state';

/** Grows when something in the file changes its meaning. */
const FORMAT_VERSION = 1;

/** One checkpoint in a file. */
export interface FiledState {
  readonly stream: string;
  readonly version: number;
  readonly cursor: string | null;
  readonly state: unknown;
}

/** Whose checkpoints they are. */
export interface FileOwner {
  readonly connector: string;
  readonly account_id: string;
}

/** The document. */
export interface StateFile extends FileOwner {
  readonly format: string;
  readonly format_version: number;
  readonly warehouse: string;
  readonly exported_at: string;
  /** The version of the program that wrote it. */
  readonly program: string;
  readonly states: readonly FiledState[];
  readonly erasures: readonly Tombstone[];
}

/** What is put into a file. */
export interface Exported extends FileOwner {
  readonly warehouse: string;
  readonly exported_at: string;
  readonly program: string;
  readonly states: ReadonlyMap<string, StoredState>;
  readonly erasures: readonly Tombstone[];
}

/** The document of some checkpoints, in the order of their names. */
export function stateFileOf({ states, erasures, ...head }: Exported): StateFile {
  const filed = [...states.values()]
    .map(({ stream, version, cursor, state }) => ({ stream, version, cursor, state }))
    .toSorted((a, b) => (a.stream < b.stream ? -1 : 1));
  return { format: FORMAT, format_version: FORMAT_VERSION, ...head, states: filed, erasures };
}

/** The document as text. */
export function stateFileText(file: StateFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Whether a file that begins like this was written by `stateFileText`, in any version. */
export function isStateFile(head: string): boolean {
  return head.startsWith('{') && head.slice(0, 100).includes(`"format": "${FORMAT}"`);
}

/**
 * Reads a document, and checks every field of it.
 *
 * @param streams names of all streams that there are
 * @throws ConnectorError STATE_FILE_INVALID, STATE_FILE_NEWER, STATE_FILE_FOREIGN
 */
export function readStateFile(text: string, owner: FileOwner, streams: ReadonlySet<string>): StateFile {
  const file = parse(text);
  const version = file['format_version'];
  if (file['format'] !== FORMAT || typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw invalid('it is no file of checkpoints');
  }
  if (version > FORMAT_VERSION) {
    const message = `The file has the form ${version}; this version knows ${FORMAT_VERSION}.`;
    throw new ConnectorError('STATE_FILE_NEWER', message);
  }
  for (const [name, ours] of Object.entries(owner)) {
    if (typeof file[name] !== 'string') throw invalid(`${name} is missing`);
    if (file[name] === ours) continue;
    const message = `The file is of ${name} ${file[name]}; the configuration says ${ours}.`;
    throw new ConnectorError('STATE_FILE_FOREIGN', message);
  }
  const { states, erasures } = file;
  if (!Array.isArray(states)) throw invalid('states is no list');
  if (!Array.isArray(erasures) || !erasures.every(isTombstone))
    throw invalid('erasures is not a list of them');
  const seen = new Set<string>();
  for (const [at, each] of (states as readonly unknown[]).entries()) {
    const fault = faultIn(each, streams);
    if (fault !== null) throw invalid(`states[${at}]${fault}`);
    const { stream } = each as FiledState;
    if (seen.has(stream)) throw invalid(`${stream} is there twice`);
    seen.add(stream);
  }
  return file as unknown as StateFile;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    throw invalid('it is no JSON');
  }
  throw invalid('it is no object');
}

function isTombstone(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind, recordId, digests } = value;
  if (!['user', 'contact', 'client'].includes(String(kind)) || !/^\d+$/.test(String(recordId))) return false;
  return Array.isArray(digests) && digests.every((digest) => /^[0-9a-f:]+$/.test(String(digest)));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(why: string): ConnectorError {
  return new ConnectorError('STATE_FILE_INVALID', `The file cannot be taken: ${why}.`);
}
