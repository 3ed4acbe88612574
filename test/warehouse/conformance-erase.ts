import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { patternOf } from '../../src/sync/erase/words.ts';
import type { Erasure, Sign, TableErasure } from '../../src/warehouse/erasure.ts';
import { column, list, table, Workbench, type OpenWarehouse } from './workbench.ts';

/** Messages: texts of their own, and a list of people. */
export const MESSAGES = table('invoice_messages', [
  column('id', 'INT64', 'REQUIRED'),
  column('user_id', 'INT64'),
  column('sent_by', 'STRING'),
  column('body', 'STRING'),
  list('recipients', [column('name', 'STRING'), column('email', 'STRING'), column('user_id', 'INT64')]),
  column('tags', 'STRING', 'REPEATED'),
]);

const NAMES = ["Jane O'Neil", 'jane@acme.example'];
const pattern = patternOf(NAMES, 'text') ?? '';
const named = (name: string, within: string | null = null): readonly Sign[] => [
  { kind: 'matches', list: within, column: name, pattern },
];
const owned: readonly Sign[] = [{ kind: 'equals', list: null, column: 'user_id', value: '7' }];

/** What goes from the messages. */
export const FROM_MESSAGES: TableErasure = {
  table: 'invoice_messages',
  cells: [
    { list: null, column: 'sent_by', signs: [owned, named('sent_by')] },
    { list: null, column: 'body', signs: [owned, named('body'), named('name', 'recipients')] },
    {
      list: 'recipients',
      column: 'name',
      signs: [named('name', 'recipients'), named('email', 'recipients')],
    },
    { list: 'recipients', column: 'email', signs: [named('email', 'recipients'), owned] },
    { list: null, column: 'not_there', signs: [owned] },
    {
      list: null,
      column: 'tags',
      signs: [[{ kind: 'equals', list: null, column: 'not_there', value: '7' }]],
    },
  ],
};

/** What goes from the rejects. */
export const FROM_REJECTS: TableErasure = {
  table: '_rejects',
  cells: [
    {
      list: null,
      column: 'record',
      signs: [
        [
          { kind: 'equals', list: null, column: 'stream', value: 'users' },
          { kind: 'equals', list: null, column: 'record_key', value: '7' },
        ],
        [{ kind: 'property', column: 'record', property: 'user_id', value: '7' }],
        [{ kind: 'matches', list: null, column: 'record', pattern: patternOf(NAMES, 'json') ?? '' }],
      ],
    },
  ],
};

const ERASURE: Erasure = {
  runId: 'erase-1',
  at: '2026-03-01T00:00:00Z',
  dryRun: false,
  tables: [FROM_MESSAGES, FROM_REJECTS, { ...FROM_MESSAGES, table: 'estimate_messages' }],
};

const YOU = { name: 'You', email: 'you@b.example', user_id: 8 };
const THEM = { name: null, email: 'JANE@acme.example', user_id: 7 };
const ROWS = [
  { id: 1, user_id: 8, sent_by: ' jane o’neil', body: 'Hello', recipients: [YOU], tags: ['a'] },
  { id: 2, user_id: 8, sent_by: 'You', body: 'Dear\nJANE O NEIL,', recipients: [YOU, THEM], tags: [] },
  { id: 3, user_id: 7, sent_by: null, body: 'mine', recipients: [YOU], tags: ['b'] },
  { id: 4, user_id: null, sent_by: 'Mary-Jane O’Neill', body: null, recipients: [], tags: [] },
  { id: 5, user_id: 8, sent_by: 'You', body: 'x', recipients: [{ ...YOU, name: 'Jane O Neil' }], tags: [] },
];

const reject = (stream: string, record_key: string | null, record: object) => ({
  stream,
  record_key,
  path: 'x',
  reason: 'y',
  record: JSON.stringify(record),
  run_id: 'run-1',
  rejected_at: '2026-02-01T00:00:00Z',
});

/** Values that go, and those that stay. */
export function eraseTests(open: OpenWarehouse): void {
  describe('an erasure', () => {
    it('takes values by what tells whose they are, and leaves the rest of the row', async () => {
      await using bench = await Workbench.open(open, [MESSAGES]);
      await bench.load(MESSAGES, ROWS);
      const counted = await bench.warehouse.eraseValues({ ...ERASURE, dryRun: true });
      expect(await bench.values(MESSAGES, '_run_id')).toMatchObject({ 1: 'run-1', 3: 'run-1' });
      const touched = await bench.warehouse.eraseValues(ERASURE);
      expect([...touched]).toEqual([...counted]);
      expect(Object.fromEntries(touched)).toEqual({ invoice_messages: 4, _rejects: 0 });
      expect(await bench.values(MESSAGES, 'sent_by')).toEqual({
        1: null,
        2: 'You',
        3: null,
        4: 'Mary-Jane O’Neill',
        5: 'You',
      });
      expect(await bench.values(MESSAGES, 'body')).toEqual({
        1: 'Hello',
        2: null,
        3: null,
        4: null,
        5: null,
      });
      const people = Object.values(await bench.values(MESSAGES, 'recipients'));
      expect(people.map((text) => JSON.parse(text ?? ''))).toEqual([
        [YOU],
        [YOU, { ...THEM, email: null }],
        [{ ...YOU, email: null }],
        [],
        [{ ...YOU, name: null }],
      ]);
      expect(await bench.values(MESSAGES, '_run_id')).toMatchObject({
        3: 'erase-1',
        4: 'run-1',
        5: 'erase-1',
      });
      expect(await bench.values(MESSAGES, 'tags')).toMatchObject({ 1: '["a"]', 3: '["b"]' });
      const again = await bench.warehouse.eraseValues(ERASURE);
      expect(Object.fromEntries(again)).toEqual({ invoice_messages: 0, _rejects: 0 });
    });

    it('brings no row back that is kept and noted as gone', async () => {
      await using bench = await Workbench.open(open, [MESSAGES]);
      await bench.load(MESSAGES, ROWS);
      await bench.load(MESSAGES, [], { gone: [['3']], deletes: 'keep', how: 'sweep' });
      const live = () => bench.warehouse.readLive(MESSAGES.name, null, 'keep', MESSAGES.name);
      expect(await live()).toEqual(new Map([['', 4]]));
      await bench.warehouse.eraseValues(ERASURE);
      expect(await bench.values(MESSAGES, 'body')).toMatchObject({ 3: null });
      expect(await live()).toEqual(new Map([['', 4]]));
    });

    it('takes the records of rejects', async () => {
      await using bench = await Workbench.open(open, [MESSAGES]);
      await bench.warehouse.append(HOUSEKEEPING.rejects, [
        reject('users', '7', { id: 7 }),
        reject('users', '8', { id: 8 }),
        reject('time_entries', null, { user_id: 7 }),
        reject('time_entries', '77', { user_id: 77, notes: 'x\nJane O’Neil\ny' }),
        reject('time_entries', '78', { user_id: 78, notes: 'x' }),
      ]);
      const touched = await bench.warehouse.eraseValues(ERASURE);
      expect(touched.get('_rejects')).toBe(3);
      const rows = await bench.warehouse.readHousekeeping(HOUSEKEEPING.rejects, 'record_key', 10);
      const left = rows.filter(({ record }) => record !== null && record !== undefined);
      expect(left.map(({ record_key: key }) => key).toSorted()).toEqual(['78', '8']);
    });

    it('is kept in mind by tombstones, and finds the names it has to look for', async () => {
      await using bench = await Workbench.open(open, [MESSAGES]);
      expect(await bench.warehouse.readErasures()).toEqual([]);
      const row = { kind: 'user', record_id: '7', digests: ['a', 'b'], erased_at: ERASURE.at, run_id: 'r' };
      await bench.warehouse.append(HOUSEKEEPING.erasures, [row]);
      expect(await bench.warehouse.readErasures()).toEqual([
        { kind: 'user', recordId: '7', digests: ['a', 'b'] },
      ]);
      await bench.load(MESSAGES, ROWS);
      const where = { column: 'user_id', value: '7' };
      const found = await bench.warehouse.lookUp([
        { table: 'invoice_messages', columns: ['body', 'sent_by', 'not_there'], where },
        { table: 'invoice_messages', columns: ['not_there'], where },
        { table: 'not_there', columns: ['body'], where },
      ]);
      expect(found).toEqual([[['mine', null, null]], [], []]);
      await bench.warehouse.forgetTraces();
      expect(Object.keys(await bench.rows(MESSAGES))).toHaveLength(5);
    });
  });

  describe('what is there', () => {
    it('is told by whose it is, and dropped by name', async () => {
      await using bench = await Workbench.open(open, [MESSAGES]);
      const view = {
        name: 'people',
        description: 'Recipients.',
        table: 'invoice_messages',
        columns: [{ name: 'id', as: 'message_id' }],
        list: 'recipients',
        fields: [{ name: 'name', as: 'name' }],
      };
      await bench.warehouse.ensure([MESSAGES], [view]);
      const known = new Map([
        ...Object.values(HOUSEKEEPING).map(({ name, columns }) => [name, columns[0]?.name ?? null] as const),
        ['people', null],
        ['users', '_run_id'],
      ]);
      const { own, foreign } = await bench.warehouse.inventory(known);
      expect(foreign).toEqual(['invoice_messages']);
      expect(own).toEqual([...known.keys()].filter((name) => name !== 'users').toSorted());
      await bench.warehouse.drop(own);
      expect(await bench.warehouse.inventory(known)).toEqual({ own: [], foreign: ['invoice_messages'] });
      const others = new Map([['invoice_messages', '_valid_from']]);
      expect((await bench.warehouse.inventory(others)).own).toEqual([]);
    });
  });
}
