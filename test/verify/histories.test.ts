import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repairing } from '../../src/verify/repair.ts';
import { verifyFully } from '../../src/verify/full.ts';
import { verifyQuickly } from '../../src/verify/quick.ts';
import { byHand, inWords, openBench, type VerifyBench } from './bench.ts';

const STREAMS = ['clients', 'tasks'];
let bench: VerifyBench;
let ids: readonly string[] = [];

beforeAll(async () => {
  bench = await openBench({}, { streams: STREAMS });
  ids = (await bench.office.query('SELECT id FROM clients ORDER BY id LIMIT 3')).map(([id]) => id ?? '');
});

afterAll(async () => bench[Symbol.asyncDispose]());

const OPEN = '_valid_to IS NULL AND id =';

/** A file of which three histories are wrong, and the rows are not. */
const broken = (): Promise<string> =>
  bench.tampered(
    `UPDATE clients_history SET name = 'Somebody' WHERE ${OPEN} ${ids[0] ?? ''}`,
    `UPDATE clients_history SET _valid_to = now() WHERE ${OPEN} ${ids[1] ?? ''}`,
    `INSERT INTO clients_history SELECT * REPLACE (7 AS id) FROM clients_history WHERE ${OPEN} ${ids[2] ?? ''}`,
    `INSERT INTO clients_history SELECT * REPLACE (_valid_from + INTERVAL 1 DAY AS _valid_from)
     FROM clients_history WHERE ${OPEN} ${ids[2] ?? ''}`,
  );

const FOUND = (): readonly string[] =>
  [
    ['7', 'an open version of a row that is gone'],
    [ids[0], 'an open version of other values'],
    [ids[1], 'no open version'],
    [ids[2], 'several open versions'],
  ].map(([id = '', what = '']) => `clients_history history ${id}: ${what} ≠ –`);

describe('verify, of histories', () => {
  it('finds nothing in one that a run wrote', async () => {
    const { found } = await bench.verify();
    expect(found).toMatchObject({ outcome: 'equal', found: [], left_out: [] });
  });

  it.each([
    ['quick', verifyQuickly],
    ['full', verifyFully],
  ] as const)(
    'names each row whose history does not end with it, in the %s form',
    async (_form, verifier) => {
      const { found } = await bench.verify(await broken(), { verifier });
      expect(found.found.map(inWords)).toEqual(FOUND());
    },
  );

  it('says so where a history is not there yet', async () => {
    const { found } = await bench.verify(await bench.tampered('DROP TABLE tasks_history'));
    expect(found).toMatchObject({
      outcome: 'equal',
      left_out: [{ table: 'tasks_history', reason: 'the history is not there yet' }],
    });
  });

  it('puts right what it finds, and rows with their versions', async () => {
    const path = await broken();
    await byHand(path, [`UPDATE clients SET name = 'By hand' WHERE id = ${ids[1] ?? ''}`]);
    const options = { verifier: repairing(verifyFully), fullRefresh: true };
    const { found } = await bench.verify(path, options);
    expect(found).toMatchObject({ outcome: 'equal', repaired: ['clients', 'clients_history'] });
    expect((await bench.verify(path)).found.outcome).toBe('equal');
  });
});
