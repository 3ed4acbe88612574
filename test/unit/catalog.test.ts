import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { ConnectorError } from '../../src/errors.ts';

const ROOT = new URL('../../', import.meta.url);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harvest-bq-catalog-'));
  for (const part of ['streams', 'schemas'])
    cpSync(new URL(part, ROOT), join(folder, part), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = () => loadCatalog(pathToFileURL(`${folder}/`));

function change(file: string, from: string | RegExp, to: string): void {
  const path = join(folder, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`nothing to change in ${file}`);
  writeFileSync(path, after);
}

function failure(): ConnectorError {
  try {
    load();
  } catch (error) {
    if (error instanceof ConnectorError) return error;
  }
  throw new Error('nothing was thrown');
}

/** What is wrong, the file, what is replaced by what, and part of what is said about it. */
const FAULTS: readonly [string, string, string | RegExp, string, string][] = [
  ['wrong YAML, with line and column', 'streams/tasks.yaml', 'tags: [', 'tags: [[', 'streams/tasks.yaml:'],
  ['an unknown key', 'streams/tasks.yaml', 'cursor:', 'curser:', 'additional properties (curser)'],
  [
    'a value outside of the vocabulary',
    'streams/tasks.yaml',
    'incremental\n',
    'often\n',
    'tasks.yaml: sync must be',
  ],
  ['a missing key', 'streams/tasks.yaml', /^docs:.*\n/m, '', "must have required property 'docs'"],
  ['a name unlike its file', 'streams/tasks.yaml', 'name: tasks', 'name: jobs', 'name is jobs'],
  [
    'a parent that is not there',
    'streams/cost_rates.yaml',
    'stream: users',
    'stream: people',
    'people is not a stream',
  ],
  [
    'a parent that is a child',
    'streams/cost_rates.yaml',
    'stream: users',
    'stream: invoice_messages',
    'not a plain list',
  ],
  ['a path without its parent', 'streams/cost_rates.yaml', '{user_id}', 'me', 'must hold {user_id} once'],
  [
    'a path with a stray parent',
    'streams/tasks.yaml',
    'path: tasks',
    'path: x/{id}/tasks',
    'must hold no braces',
  ],
  ['a key that is no column', 'streams/tasks.yaml', '[id]', '[key]', 'primary_key: key is not a column'],
  ['a key that is a list', 'streams/roles.yaml', '[id]', '[user_ids]', 'user_ids is INT64 REPEATED'],
  [
    'a date that is no column',
    'streams/tasks.yaml',
    'limit_class',
    'dated: spent_date\nlimit_class',
    'dated: spent_date',
  ],
  [
    'an undated stream without a date',
    'streams/tasks.yaml',
    'limit_class',
    'undated: true\nlimit_class',
    'needs dated',
  ],
  [
    'an incremental stream without cursor',
    'streams/tasks.yaml',
    /^cursor:.*\n/m,
    '',
    'belongs to incremental',
  ],
  [
    'a report without its month',
    'streams/time_team.yaml',
    '[period_start, ',
    '[',
    'must begin with period_start',
  ],
  ['a schema that is not JSON', 'schemas/tasks.json', '{', '', 'schemas/tasks.json: '],
  [
    'a name of no stream',
    'schemas/contacts.json',
    '"x-name-of": "clients"',
    '"x-name-of": "firms"',
    'firms is not a stream',
  ],
  [
    'a name without its id',
    'schemas/contacts.json',
    '"id": {\n          "desc',
    '"ref": {\n          "desc',
    'client_id does not stand',
  ],
];

describe('loadCatalog', () => {
  it('loads a copy of the catalogue from elsewhere', () => {
    expect([...load().streams.keys()]).toEqual([...loadCatalog().streams.keys()]);
  });

  it.each(FAULTS)('refuses %s', (_, file, from, to, message) => {
    change(file, from, to);
    const error = failure();
    expect([error.code, error.exitCode]).toEqual(['CATALOG_INVALID', 3]);
    expect(error.message).toContain(message);
  });

  it('refuses a stream without a schema, a schema without a stream, and a missing folder', () => {
    rmSync(join(folder, 'schemas/tasks.json'));
    expect(failure().message).toContain('schemas/tasks.json: the file is missing');
    cpSync(new URL('schemas/tasks.json', ROOT), join(folder, 'schemas/tasks.json'));
    rmSync(join(folder, 'streams/contacts.yaml'));
    expect(failure().message).toContain('schemas/contacts.json: streams/contacts.yaml is missing');
    rmSync(join(folder, 'streams'), { recursive: true });
    expect(failure().message).toContain('streams/: the folder cannot be read');
  });
});
