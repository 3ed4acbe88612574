import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { chooseColumns } from '../../../src/catalog/choose-columns.ts';
import { selectStreams } from '../../../src/catalog/select.ts';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Answers } from '../../../src/cli/init/answers.ts';
import { delicateColumns, countDelicate } from '../../../src/cli/init/delicate.ts';
import { assertReadable } from '../../../src/cli/init/valid-text.ts';
import { configText, variablesIn } from '../../../src/cli/init/yaml-text.ts';
import { expectGolden } from '../../support/golden.ts';

const catalog = loadCatalog();
const all = [...catalog.streams.values()];
const DAY = '2026-11-29';
const now = new Date('2026-11-29T12:00:00Z');

const PLAIN: Answers = {
  connector: 'acme',
  accountId: '123456',
  token: '${HARVEST_ACCESS_TOKEN}',
  visibility: 'full',
  destination: { type: 'duckdb', path: 'harvest_acme.duckdb' },
  startDate: null,
  include: [],
  exclude: [],
  columns: new Map(),
  hashKey: null,
};

const CHOSEN = selectStreams(catalog, { include: [], exclude: ['cost_rates', 'estimate*'] });

const SETS: Readonly<Record<string, Answers>> = {
  'duckdb-everything': PLAIN,
  'bigquery-hashed': {
    ...PLAIN,
    token: 'sm://acme-data/harvest-acme-token#latest',
    destination: {
      type: 'bigquery',
      project: 'acme-data',
      dataset: 'harvest_acme',
      location: 'EU',
      isThere: false,
    },
    startDate: '2020-01-01',
    exclude: ['cost_rates', 'estimate*'],
    columns: delicateColumns(CHOSEN, { personal: 'hash', commercial: 'keep' }),
    hashKey: 'sm://acme-data/harvest-acme-hash-key#latest',
  },
  'member-some-streams': {
    ...PLAIN,
    token: 'env://TEAM_TOKEN',
    visibility: 'partial',
    destination: { type: 'duckdb', path: '/var/lib/a "b" #c: ${d}.duckdb' },
    include: ['time_entries', 'project_assignments', 'tag:reports'],
    columns: delicateColumns(all, { personal: 'exclude', commercial: 'exclude' }),
  },
};

async function load(text: string): Promise<Config> {
  const folder = await mkdtemp(join(tmpdir(), 'harvest-bq-init-'));
  try {
    await mkdir(join(folder, 'config'));
    await writeFile(join(folder, 'config/harvest-bq.yaml'), text);
    const env = Object.fromEntries(variablesIn(text).map((name) => [name, 'x']));
    return await loadConfig({ env, cwd: folder, offline: true, now });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the file that init writes', () => {
  it.each(Object.keys(SETS))('is as agreed for %s', (name) => {
    expectGolden(`test/golden/init/${name}.yaml`, configText(SETS[name] ?? PLAIN, DAY));
  });

  it.each(Object.keys(SETS))('says to the loader what was answered: %s', async (name) => {
    const answers = SETS[name] ?? PLAIN;
    const config = await load(configText(answers, DAY));
    const { harvest, destination, streams } = config;
    expect(harvest).toMatchObject({ accountId: '123456', visibility: answers.visibility });
    expect(config).toMatchObject({ connector: 'acme', startDate: answers.startDate });
    const { isThere: _, ...expected } = { isThere: false, ...answers.destination };
    expect(destination).toMatchObject(
      expected.type === 'duckdb' ? { path: expect.stringContaining(expected.path) } : expected,
    );
    expect(streams.exclude).toEqual(answers.exclude);
    expect(streams.include).toEqual(answers.include.length === 0 ? ['*'] : answers.include);
    expect([...streams.overrides.keys()]).toEqual([...answers.columns.keys()]);
  });

  it('is right however the delicate columns are answered', async () => {
    await Promise.all(
      (['keep', 'hash', 'exclude'] as const).flatMap((personal) =>
        (['keep', 'exclude'] as const).map(async (commercial) => {
          const columns = delicateColumns(all, { personal, commercial });
          const hashKey = personal === 'hash' ? 'env://HARVEST_HASH_KEY' : null;
          const text = configText({ ...PLAIN, columns, hashKey }, DAY);
          const folder = await mkdtemp(join(tmpdir(), 'harvest-bq-init-'));
          const path = join(folder, 'staged.yaml');
          await writeFile(path, text);
          await assertReadable(text, { path, shown: 'x' }, { catalog, now });
          await rm(folder, { recursive: true });
        }),
      ),
    );
  });

  it('that no loader would take is refused under its own name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'harvest-bq-init-'));
    const path = join(folder, '.harvest-bq.yaml.1.yaml');
    const text = configText({ ...PLAIN, exclude: ['nothing'] }, DAY);
    await writeFile(path, text);
    const work = assertReadable(text, { path, shown: 'config/harvest-bq.yaml' }, { catalog, now });
    await expect(work).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^1 problem in config\/harvest-bq\.yaml\n.*no stream nothing/s),
    });
    await rm(folder, { recursive: true });
  });

  it('names the variables that have to be set, and no others', () => {
    expect(variablesIn(configText(PLAIN, DAY))).toEqual(['HARVEST_ACCESS_TOKEN']);
    const { 'member-some-streams': member = PLAIN } = SETS;
    expect(variablesIn(configText(member, DAY))).toEqual(['TEAM_TOKEN']);
    const hashed = { ...PLAIN, hashKey: '${HARVEST_HASH_KEY}' };
    expect(variablesIn(configText(hashed, DAY))).toEqual(['HARVEST_ACCESS_TOKEN', 'HARVEST_HASH_KEY']);
  });
});

describe('columns about persons and money', () => {
  const columnsOf = (name: string, personal: 'keep' | 'hash' | 'exclude', commercial: 'keep' | 'exclude') => {
    const stream = catalog.streams.get(name);
    if (stream === undefined) throw new Error(name);
    const answer = delicateColumns([stream], { personal, commercial }).get(name);
    return chooseColumns(stream, { include: null, exclude: [], hash: [], ...answer });
  };

  it('stay where they are kept', () => {
    expect(delicateColumns(all, { personal: 'keep', commercial: 'keep' }).size).toBe(0);
  });

  it('are all gone where they are left out', () => {
    for (const stream of all) {
      const left = columnsOf(stream.name, 'exclude', 'exclude').flatMap((column) =>
        (column.fields ?? [column]).filter(({ sensitivity }) => sensitivity !== 'none'),
      );
      expect([stream.name, left.map(({ name }) => name)]).toEqual([stream.name, []]);
    }
  });

  it('never stand in clear where they are hashed', () => {
    for (const stream of all) {
      const clear = columnsOf(stream.name, 'hash', 'keep').flatMap((column) =>
        (column.fields ?? [column]).filter((leaf) => leaf.sensitivity === 'personal' && leaf.hashed !== true),
      );
      expect([stream.name, clear.map(({ name }) => name)]).toEqual([stream.name, []]);
    }
  });

  it('are counted for the question', () => {
    const users = all.filter(({ name }) => name === 'users');
    expect([countDelicate(users, 'personal'), countDelicate(users, 'commercial')]).toEqual([5, 2]);
  });
});
