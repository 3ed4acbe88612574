import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { DEFAULT_HISTORY } from '../../../src/catalog/history.ts';
import type { ColumnChoice, Config } from '../../../src/config/config.ts';
import { Secret } from '../../../src/config/secret.ts';
import { chooseStreams, type Choice, type StreamWords } from '../../../src/sync/choose.ts';

const catalog = loadCatalog();
const ALL: StreamWords = { streams: [], exclude: [] };

interface Wishes {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly overrides?: Readonly<Record<string, Partial<ColumnChoice>>>;
  readonly deletes?: Config['sync']['deletes'];
  readonly hashKey?: string;
}

/** A configuration as it comes from the file, with the given streams and columns. */
function configOf(wishes: Wishes): Config {
  const overrides = Object.entries(wishes.overrides ?? {}).map(([name, choice]): [string, ColumnChoice] => [
    name,
    { include: null, exclude: [], hash: [], ...choice },
  ]);
  return {
    connector: 'acme',
    harvest: {
      accountId: '1',
      login: { kind: 'token', accessToken: new Secret('t', '${TOKEN}') },
      baseUrl: 'https://api.harvestapp.com/v2',
      identityUrl: 'https://id.getharvest.com',
      userAgent: 'test',
      limits: { general: 90, reports: 90 },
      visibility: 'full',
    },
    startDate: null,
    destination: { type: 'duckdb', path: '/tmp/acme.duckdb' },
    sync: {
      concurrency: 8,
      overlapMs: 600_000,
      restateMonths: 3,
      deletes: wishes.deletes ?? 'remove',
      onInvalid: 'reject',
      history: DEFAULT_HISTORY,
      timeoutMs: null,
      sweepEveryMs: 0,
      sweepChildrenEveryMs: 0,
      maxDeleteShare: 0.1,
      verify: false,
      hashKey: wishes.hashKey === undefined ? null : new Secret(wishes.hashKey, '${HASH_KEY}'),
    },
    streams: {
      include: wishes.include ?? ['*'],
      exclude: wishes.exclude ?? [],
      overrides: new Map(overrides),
    },
    file: null,
    origins: new Map(),
  };
}

const choose = (wishes: Wishes = {}, words = ALL): Choice => chooseStreams(words, configOf(wishes), catalog);
const names = (streams: Choice['chosen']): readonly string[] => [...streams.keys()];

describe('the choice of streams', () => {
  it('is all of them by default, parents before children', () => {
    const { chosen, configured } = choose();
    expect(names(chosen)).toEqual([...catalog.streams.keys()]);
    expect(names(configured)).toEqual(names(chosen));
    for (const [name, { stream }] of chosen) {
      const parent = stream.parent?.stream ?? name;
      expect(names(chosen).indexOf(parent)).toBeLessThanOrEqual(names(chosen).indexOf(name));
    }
  });

  it('is narrowed by the command line, without forgetting what is configured', () => {
    const words = { streams: ['time_entries', 'users', 'cost_rates'], exclude: ['cost_rates'] };
    const { chosen, configured } = choose({ exclude: ['estimate*'] }, words);
    expect(names(chosen)).toEqual(['time_entries', 'users']);
    expect(names(configured)).toHaveLength(catalog.streams.size - 3);
  });

  it('is never widened by the command line', () => {
    expect(() => choose({ exclude: ['users'] }, { streams: ['users'], exclude: [] })).toThrow(
      expect.objectContaining({ code: 'USAGE_UNKNOWN_STREAM' }),
    );
  });

  it('refuses columns for a stream that does not exist', () => {
    expect(() => choose({ overrides: { user: { exclude: ['email'] } } })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('Did you mean users?'),
      }),
    );
  });
});

describe('the choice of columns', () => {
  const RECORD = { id: 1, first_name: 'Ada', email: 'ada@acme.example', updated_at: '2026-11-20T06:00:00Z' };

  it('reaches table and shaper', () => {
    const users = choose({ overrides: { users: { include: ['first_name'] } } }).chosen.get('users');
    const wanted = ['id', 'first_name', 'updated_at'];
    expect(users?.columns.map(({ name }) => name)).toEqual(wanted);
    expect(users?.table.columns.map(({ name }) => name)).toEqual(wanted);
    expect(users?.shape(RECORD, {}, () => undefined)).toEqual({
      kind: 'row',
      row: { id: 1, first_name: 'Ada', updated_at: '2026-11-20T06:00:00Z' },
    });
  });

  it('hashes with the configured key', () => {
    const overrides = { users: { include: ['first_name'], hash: ['email'] } };
    const users = choose({ overrides, hashKey: 'Jefe' }).chosen.get('users');
    const shaped = users?.shape({ ...RECORD, email: 'what do ya want for nothing?' }, {}, () => undefined);
    // RFC 4231, test case 2
    const email = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    expect(shaped).toMatchObject({ kind: 'row', row: { email } });
  });

  it.each([
    ['a column', { users: { hash: ['email'] } }],
    ['a field of a list', { invoices: { hash: ['line_items.description'] } }],
  ])('refuses to hash %s without a key', (_name, overrides) => {
    expect(() => choose({ overrides })).toThrow(expect.objectContaining({ code: 'SECRET_NOT_FOUND' }));
  });

  it('refuses columns that do not exist', () => {
    expect(() => choose({ overrides: { users: { exclude: ['e_mail'] } } })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('Did you mean email?'),
      }),
    );
  });
});

describe('deletions', () => {
  const marking = (deletes: Config['sync']['deletes']): readonly string[] =>
    [...choose({ deletes }).chosen.values()]
      .filter(({ table }) => table.marksDeletions === true)
      .map(({ stream }) => stream.name);

  it('are marked in every table of records that can be deleted, and in no other', () => {
    const without = names(choose().chosen).filter((name) => !marking('mark').includes(name));
    const reports = [...catalog.streams.values()].filter(({ sync }) => sync === 'report');
    const expected = [...reports.map(({ name }) => name), 'company', 'project_budget'];
    expect(without.toSorted()).toEqual(expected.toSorted());
  });

  it('leave no mark unless that is asked for', () => {
    expect([marking('remove'), marking('keep')]).toEqual([[], []]);
  });
});
