import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { Secret } from '../../../src/config/secret.ts';
import { createHarvestClient } from '../../../src/harvest/client.ts';
import { erasePerson } from '../../../src/sync/erase/erase.ts';
import { namesInHarvest } from '../../../src/sync/erase/harvest-names.ts';
import { verifyFully } from '../../../src/verify/full.ts';
import { openDuckDb } from '../../../src/warehouse/duckdb/warehouse.ts';
import type { Erasure } from '../../../src/warehouse/erasure.ts';
import type { EngineOptions } from '../../support/engine.ts';
import { erase, ERASE_KEY, WITH_KEY } from '../../support/erase.ts';
import { openOffice } from '../../support/office.ts';
import { idIn, numberOf, pick } from '../../support/pick.ts';
import { placesOf, plantUser } from '../../support/planted.ts';

const AN_HOUR = 3_600_000;
const WRONG = { match: '/v2/time_entries', do: 'malformed', field: 'hours', value: 'x', times: 0 } as const;
const catalog = loadCatalog();

describe('an erased user', () => {
  it('is found nowhere any more, and no later run brings them back', async () => {
    await using office = await openOffice();
    const { account, faults } = office.sandbox;
    const planted = plantUser(office);
    faults.add({ ...WRONG, id: planted.entry });
    const texts = ['users', 'time_entries', 'expenses', 'invoices', 'invoice_messages', 'invoice_payments'];
    const options = { ...WITH_KEY, streams: [...texts, 'expenses_team'] };
    await office.sync(options);
    const before = await placesOf(planted, office.path);
    for (const table of [...options.streams, 'users_history', '_rejects']) expect(before).toContain(table);
    const person = { kind: 'user', id: String(planted.id) } as const;
    const counted = await erase(office, person, { dryRun: true });
    expect(await placesOf(planted, office.path)).toEqual(before);
    expect(await erase(office, person)).toEqual(counted);
    expect(await placesOf(planted, office.path)).toEqual([]);

    account.clock.advance(AN_HOUR);
    account.touchAll('invoices');
    account.touchAll('users');
    const again = await office.sync(options);
    expect(again.result).toMatchObject({ outcome: 'ok', renamed: 0 });
    expect(await placesOf(planted, office.path)).toEqual([]);
    expect(JSON.stringify(again.events)).not.toMatch(/zqx\d+plant/i);
  }, 60_000);
});

describe('an erasure that was cut short', () => {
  it('brings nothing back, and is finished by the same command', async () => {
    await using office = await openOffice();
    const planted = plantUser(office);
    const streams = ['users', 'invoices', 'invoice_messages', 'invoice_payments'];
    await office.sync({ ...WITH_KEY, streams });
    const before = await placesOf(planted, office.path);
    const person = { kind: 'user', id: String(planted.id) } as const;
    for (const last of [1, 10, 20]) {
      await using warehouse = await openDuckDb({ path: office.path, mode: 'readwrite', create: false });
      const cut = new Proxy(warehouse, {
        get: (target, name) => {
          if (name === 'eraseValues')
            return (erasure: Erasure) =>
              target.eraseValues({ ...erasure, tables: erasure.tables.slice(0, last) });
          if (name === 'forgetTraces') return () => Promise.reject(new Error('killed'));
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      const at = new Date().toISOString();
      const order = { person, catalog, hashKey: ERASE_KEY, runId: 'erase-1', at, dryRun: false, known: [] };
      await expect(erasePerson(cut, order)).rejects.toThrow('killed');
    }
    const between = await placesOf(planted, office.path);
    expect(between.length).toBeLessThan(before.length);
    expect(between).toContain('users');
    await office.sync({ ...WITH_KEY, streams });
    await erase(office, person);
    expect(await placesOf(planted, office.path)).toEqual([]);
  }, 60_000);
});

describe('what is not stored of a person', () => {
  it('is asked of Harvest, so that it is recognised where no id stands', async () => {
    await using office = await openOffice();
    const { account } = office.sandbox;
    const planted = plantUser(office);
    const streams = ['users', 'invoices', 'invoice_messages', 'estimates', 'estimate_messages'];
    const columns = { include: ['is_active'], exclude: [], hash: ['email'] };
    const options: EngineOptions = {
      streams,
      config: { ...WITH_KEY.config, streams: { overrides: new Map([['users', columns]]) } },
    };
    await office.sync(options);
    const { baseUrl, identityUrl, accountId, tokens } = office.sandbox;
    await using client = createHarvestClient(
      {
        accountId,
        login: { kind: 'token', accessToken: new Secret(tokens.administrator, 'test') },
        baseUrl,
        identityUrl,
        userAgent: 'harvest-bq tests (tests@example.com)',
        limits: { general: null, reports: null },
        visibility: 'full',
      },
      { emit: () => undefined, signal: new AbortController().signal },
    );
    const person = { kind: 'user', id: String(planted.id) } as const;
    const { signal } = new AbortController();
    const asked = await namesInHarvest(person, catalog.streams, client, signal);
    expect(asked.names).toHaveLength(2);
    await erase(office, person, { known: asked.names });
    expect(await placesOf(planted, office.path)).toEqual([]);
    account.clock.advance(AN_HOUR);
    await office.sync({ ...options, fullRefresh: true });
    expect(await placesOf(planted, office.path)).toEqual([]);
    const nobody = await namesInHarvest({ kind: 'contact', id: '1' }, catalog.streams, client, signal);
    expect(nobody).toEqual({ names: [], isGone: true, problem: null });
    const contact = pick(office, 'contacts');
    const client_ = { kind: 'client', id: String(idIn(contact, 'client')) } as const;
    const ofClient = await namesInHarvest(client_, catalog.streams, client, signal);
    expect(ofClient.names).toContain(contact['email']);
  }, 60_000);
});

describe('an erased client', () => {
  it('loses its name everywhere, its contacts and its texts, and a new name does not come in', async () => {
    await using office = await openOffice();
    const { account } = office.sandbox;
    const options = { ...WITH_KEY, streams: ['clients', 'contacts', 'projects', 'invoices'] };
    await office.sync(options);
    const id = idIn(pick(office, 'invoices'), 'client');
    const amount = await numberOf(office, `SELECT sum(amount) FROM invoices WHERE client_id = ${id}`);
    await erase(office, { kind: 'client', id: String(id) });
    const names = 'client_name IS NOT NULL OR subject IS NOT NULL OR notes IS NOT NULL';
    const left = (): Promise<number> =>
      numberOf(office, `SELECT count(*) FROM invoices WHERE client_id = ${id} AND (${names})`);
    expect(await left()).toBe(0);
    account.clock.advance(AN_HOUR);
    account.update('clients', id, { name: 'Zqxclient GmbH' });
    account.touchAll('invoices');
    const run = await office.sync({ ...options, verify: true, verifier: verifyFully });
    expect(run.result).toMatchObject({ outcome: 'ok', renamed: 0, verification: { outcome: 'equal' } });
    expect(await left()).toBe(0);
    expect(await placesOf({ words: ['Zqxclient'] }, office.path)).toEqual([]);
    expect(await numberOf(office, `SELECT sum(amount) FROM invoices WHERE client_id = ${id}`)).toBe(amount);
    const people = `SELECT count(*) FROM contacts WHERE client_id = ${id} AND coalesce(first_name, email) IS NOT NULL`;
    expect(await numberOf(office, people)).toBe(0);
  }, 60_000);
});

describe('without the key of the tombstones', () => {
  it('a run is refused, since names beside no id would come back; erasing again takes the new one', async () => {
    await using office = await openOffice();
    const streams = ['users'];
    await office.sync({ ...WITH_KEY, streams });
    const { id } = pick(office, 'users');
    await erase(office, { kind: 'user', id: String(id) });
    const none = await office.sync({ streams });
    expect(none.result).toMatchObject({ outcome: 'failed', exit_code: 3, failure: { code: 'ERASURE_KEY' } });
    const another = { sync: { hashKey: new Secret(`another ${ERASE_KEY}`, 'test') } };
    const other = await office.sync({ streams, config: another });
    expect(other.result.failure).toMatchObject({ code: 'ERASURE_KEY' });
    expect(other.result.failure?.message).toContain(`user ${id}`);
    await using warehouse = await openDuckDb({ path: office.path, mode: 'readwrite', create: false });
    const order = { catalog, runId: 'erase-2', at: new Date().toISOString(), dryRun: false, known: [] };
    const person = { kind: 'user', id: String(id) } as const;
    await erasePerson(warehouse, { ...order, person, hashKey: `another ${ERASE_KEY}` });
    await warehouse[Symbol.asyncDispose]();
    expect((await office.sync({ streams, config: another })).result.outcome).toBe('ok');
  }, 60_000);
});
