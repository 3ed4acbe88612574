import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { eraserOf, withholdRejects } from '../../../src/sync/erase/eraser.ts';
import { erasuresOf } from '../../../src/sync/erase/plan.ts';
import { digestOf, NameFinder, patternOf, wordsOf } from '../../../src/sync/erase/words.ts';
import type { Row } from '../../../src/warehouse/table.ts';

const KEY = 'a key of thirty-two characters..';
const NAMES = ["Jane O'Neil", 'jane@acme.example', 'Madonna', 'İrem Kaya'];
const digests = NAMES.map((name) => digestOf(wordsOf(name), KEY));

/** RE2 and this engine agree on the patterns, but for the flag, which stands in front there. */
function matches(text: string, within: 'text' | 'json' = 'text'): boolean {
  return new RegExp((patternOf(NAMES, within) ?? '').replace('(?i)', ''), 'iu').test(text);
}

const TEXTS = [
  ["Jane O'Neil", true],
  [' jane  o’neil ', true],
  ['Thanks,\nJANE O NEIL.', true],
  ['write to <Jane@Acme.example>', true],
  ['madonna', true],
  ['by İrem Kaya', true],
  ['İREM KAYA', true],
  ['by i̇rem kaya', true],
  ['«Madonna»', true],
  ['Madonna concert', false],
  ["Mary-Jane O'Neill", false],
  ['Jane', false],
  ["O'Neil Jane", false],
  ['xjane@acme.example', false],
  ['', false],
] as const;

describe('a name', () => {
  it.each(TEXTS)('in %j is found: %s', (text, isFound) => {
    expect(new NameFinder(digests, KEY).finds(text)).toBe(isFound);
    expect(matches(text)).toBe(isFound);
    expect(matches(JSON.stringify({ a: text, b: 1 }), 'json')).toBe(isFound);
  });

  it('is not found with another key, and no digest shows it', () => {
    expect(new NameFinder(digests, 'another key').finds("Jane O'Neil")).toBe(false);
    expect(digests.join()).toMatch(/^(\d:[0-9a-f]{3}:[0-9a-f]{64},?)+$/);
  });

  it('that is empty finds nothing', () => {
    expect(patternOf(['', ' - '], 'text')).toBeNull();
    expect(new NameFinder([], KEY).finds('')).toBe(false);
  });
});

describe('a row', () => {
  const { streams } = loadCatalog();
  const tombstones = [{ kind: 'user', recordId: '7', digests }];
  const erase = (name: string, row: Row, seen: Row = row): Row => {
    const stream = streams.get(name);
    if (stream === undefined) throw new Error(name);
    return eraserOf(stream, tombstones, KEY)(row, seen);
  };

  it('of an erased person keeps its facts', () => {
    const row = {
      id: 1,
      user_id: 7,
      user_name: 'Anybody',
      notes: 'private',
      hours: '1.5',
      client_name: 'Acme',
    };
    expect(erase('time_entries', row)).toEqual({ ...row, user_name: null, notes: null });
    const other = { ...row, user_id: 8, user_name: "Jane O'Neil" };
    expect(erase('time_entries', other)).toBe(other);
    const mention = { ...other, notes: "lunch with Jane O'Neil" };
    expect(erase('time_entries', mention)).toEqual({ ...mention, notes: null });
  });

  it('is told by a column that is not stored', () => {
    expect(erase('time_entries', { id: 1, notes: 'private' }, { id: 1, user_id: 7 })).toEqual({
      id: 1,
      notes: null,
    });
  });

  it('loses only the element of a list that is about the person', () => {
    const them = { name: 'J. O.', email: 'JANE@acme.example' };
    const you = { name: 'You', email: 'you@b.example' };
    const message = { id: 1, sent_by: 'You', subject: 'Hello', recipients: [them, you] };
    expect(erase('invoice_messages', message)).toEqual({
      ...message,
      subject: null,
      recipients: [{ name: null, email: null }, you],
    });
  });

  it('keeps free text that is one word, even if somebody is called that', () => {
    const message = { id: 1, sent_by: 'Madonna', subject: 'Madonna', body: "x Jane O'Neil", recipients: [] };
    const sentByYou = { ...message, sent_by: 'You' };
    expect(erase('invoice_messages', sentByYou)).toEqual({ ...sentByYou, body: null });
    expect(erase('invoice_messages', message)).toMatchObject({ sent_by: null, subject: null });
    const stream = streams.get('estimates');
    const patterns = (several: readonly string[]) =>
      erasuresOf({ kind: 'user', id: '7' }, stream === undefined ? [] : [stream], {
        names: ['Madonna', ...several],
        several,
      }).find(({ table }) => table === 'estimates');
    const signs = (several: readonly string[]) =>
      (patterns(several)?.cells ?? []).flatMap((cell) => cell.signs.flat()).map(({ kind }) => kind);
    expect(signs([])).not.toContain('matches');
    expect(signs(['Jane Doe'])).toContain('matches');
  });

  it('that is rejected withholds its record where anything in it names somebody', () => {
    const names = new NameFinder(digests, KEY);
    const reject = { kind: 'reject', path: 'hours', reason: 'is missing', record: { id: 1 } } as const;
    const shape = withholdRejects(() => reject, names);
    const none = (): void => undefined;
    expect(shape({ id: 1, task: { name: 'x' } }, {}, none)).toBe(reject);
    const named = { id: 1, list: [{ by: { name: "Jane O'Neil" } }] };
    expect(shape(named, {}, none)).toEqual({ ...reject, isWithheld: true });
  });

  it('of whatever type is looked through, as rejects need it', () => {
    expect(erase('users', { id: '7', email: ['x'], first_name: 3 })).toEqual({
      id: '7',
      email: null,
      first_name: null,
    });
    expect(erase('estimates', { id: 1, notes: { by: "Jane O'Neil" } })).toEqual({ id: 1, notes: null });
  });
});
