import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../src/config/config.ts';
import type { FetchedSecret, SecretManagerReference } from '../../src/config/reference.ts';
import { ConnectorError } from '../../src/errors.ts';
import { minimalConfig, openConfigFolder } from '../support/config-folder.ts';

const TOKEN = '1234567.pt.GeheimGeheim-Geheim_Geheim';

const withToken = (text: string, rest = ''): string => minimalConfig(rest).replace('env://TOKEN', text);

const tokenOf = ({ harvest }: Config): string =>
  harvest.login.kind === 'token' ? harvest.login.accessToken.reveal() : 'no token';

/** Everything of an error that a person or a log may come to see. */
const allOf = (error: ConnectorError): string =>
  [error.message, error.hint, error.stack, JSON.stringify(error), inspect(error, { depth: 10 })].join('\n');

describe('where a secret may come from', () => {
  it.each([
    ['env://T', '', 'env://T'],
    ['${T}', '', '${T}'],
    [
      '"${NONE:-administrator-sandbox-1000001}"',
      'administrator-sandbox-1000001',
      'default of ${NONE} in the file',
    ],
    ['"${NONE:-env://T}"', '', 'env://T'],
  ])('takes %s', async (text, expected, origin) => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': withToken(text) });
    const { harvest } = await folder.load({ env: { T: TOKEN } });
    const secret = harvest.login.kind === 'token' ? harvest.login.accessToken : null;
    expect([secret?.reveal(), secret?.origin]).toEqual([expected === '' ? TOKEN : expected, origin]);
  });

  it('takes a file without the line break at its end', async () => {
    await using folder = await openConfigFolder({ token: `${TOKEN}\r\n` });
    const file = `file://${join(folder.path, 'token')}`;
    const config = await folder.load({ env: { HARVEST_ACCOUNT_ID: '1', HARVEST_ACCESS_TOKEN: file } });
    expect(tokenOf(config)).toBe(TOKEN);
  });

  it('asks Secret Manager through the function that is given, with the parts of the reference', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': withToken('sm://acme-data/harvest-token#3'),
    });
    const asked: SecretManagerReference[] = [];
    const secretManager = (reference: SecretManagerReference): Promise<FetchedSecret> => {
      asked.push(reference);
      return Promise.resolve({ value: TOKEN, version: '3' });
    };
    const { login } = (await folder.load({ secretManager })).harvest;
    const secret = login.kind === 'token' ? login.accessToken : null;
    expect([secret?.reveal(), secret?.origin, secret?.version]).toEqual([
      TOKEN,
      'sm://acme-data/harvest-token#3',
      '3',
    ]);
    expect(asked).toEqual([{ project: 'acme-data', name: 'harvest-token', version: '3' }]);
  });

  it('leaves Secret Manager alone when offline', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': withToken('sm://acme-data/harvest-token'),
    });
    expect(tokenOf(await folder.load({ offline: true }))).toBe('');
  });

  it('takes an OAuth client', async () => {
    const oauth = '  oauth: { client_id: me, client_secret: "env://S", refresh_token: "${R}" }\n';
    const text = minimalConfig().replace('  access_token: env://TOKEN\n', oauth);
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': text });
    const { login } = (await folder.load({ env: { S: 'secret', R: 'refresh' } })).harvest;
    expect(
      login.kind === 'oauth' && [login.clientId, login.clientSecret.reveal(), login.refreshToken.reveal()],
    ).toEqual(['me', 'secret', 'refresh']);
  });
});

describe('references that lead nowhere', () => {
  it.each([
    ['env://NONE', 'harvest-bq.yaml:5:17 harvest.access_token: the variable NONE is not set'],
    ['env://EMPTY', 'harvest-bq.yaml:5:17 harvest.access_token: env://EMPTY is empty'],
    [
      'file:///nowhere/token',
      'harvest-bq.yaml:5:17 harvest.access_token: the file /nowhere/token does not exist',
    ],
    ['file:///', 'harvest-bq.yaml:5:17 harvest.access_token: the file / cannot be read (EISDIR)'],
    [
      'env://TWO',
      'harvest-bq.yaml:5:17 harvest.access_token: env://TWO holds blanks, line breaks or letters that no token has',
    ],
    ['sm://acme/token', 'harvest-bq.yaml:5:17 harvest.access_token: sm://acme/token cannot be fetched'],
  ])('are told: %s', async (reference, message) => {
    const text = withToken(reference === 'file:///' ? 'file:///.' : reference);
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': text });
    const error = await folder.failure({ env: { EMPTY: '', TWO: `${TOKEN} ${TOKEN}` } });
    expect([error.code, error.exitCode, error.message]).toEqual(['SECRET_NOT_FOUND', 3, message]);
  });

  it('name the place when Secret Manager says why', async () => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': withToken('sm://acme/token') });
    const refusal = new ConnectorError('SECRET_FORBIDDEN', 'sm://acme/token#latest cannot be read: no', {
      hint: 'Ask.',
    });
    const error = await folder.failure({ secretManager: () => Promise.reject(refusal) });
    expect([error.code, error.message, error.hint]).toEqual([
      'SECRET_FORBIDDEN',
      'harvest-bq.yaml:5:17 harvest.access_token: sm://acme/token#latest cannot be read: no',
      'Ask.',
    ]);
  });

  it('say what sm:// needs', async () => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': withToken('sm://acme/token') });
    expect((await folder.failure()).hint).toContain('Google Secret Manager');
  });

  it('keep the reason when Secret Manager refuses', async () => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': withToken('sm://acme/token') });
    const error = await folder.failure({ secretManager: () => Promise.reject(new Error('no rights')) });
    expect([error.code, (error.cause as Error).message]).toEqual(['SECRET_NOT_FOUND', 'no rights']);
  });
});

describe('a secret in clear text', () => {
  it.each(['access_token', 'hash_key'])('is refused with its place and without its text: %s', async (key) => {
    const text = key === 'access_token' ? withToken(TOKEN) : minimalConfig(`sync:\n  hash_key: ${TOKEN}\n`);
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': text });
    const error = await folder.failure({ env: { TOKEN } });
    const place = key === 'access_token' ? '5:17 holds harvest' : '7:13 holds sync';
    expect([error.code, error.exitCode]).toEqual(['CONFIG_PLAIN_SECRET', 3]);
    expect(error.message).toBe(`harvest-bq.yaml:${place}.${key} in clear text`);
    expect(allOf(error)).not.toContain('Geheim');
  });

  it('is refused where only a part came out of a variable', async () => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': withToken('1234567.pt.${T}') });
    expect((await folder.failure({ env: { T: 'x' } })).code).toBe('CONFIG_PLAIN_SECRET');
  });

  it.each([
    ['of the token', withToken(`\${NONE:-${TOKEN}}`)],
    ['of the token, though a variable is set', withToken(`\${T:-${TOKEN}}`)],
    ['in two halves', withToken('"${NONE:-1234567.pt.}${OTHER:-GeheimGeheim}"')],
    ['of the hash key', minimalConfig(`sync:\n  hash_key: \${NONE:-${TOKEN}}\n`)],
  ])('is refused as a default %s', async (_name, text) => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': text });
    const error = await folder.failure({ env: { TOKEN, T: TOKEN } });
    expect(error.code).toBe('CONFIG_PLAIN_SECRET');
    expect(allOf(error)).not.toContain('Geheim');
    const config = await folder.load({ env: { TOKEN, T: TOKEN }, allowPlainSecrets: true });
    expect(tokenOf(config)).toContain('Geheim');
  });

  it('is never proposed: a variable that is missing gets no default', async () => {
    const text = minimalConfig('sync:\n  hash_key: ${KEY}\n');
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': text });
    const { hint } = await folder.failure({ env: { TOKEN } });
    expect(hint).toBe('export KEY=<secret, or a reference such as file:///path or sm://project/name>');
  });

  it('is taken where that was asked for, and from a variable', async () => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': withToken(TOKEN) });
    expect(tokenOf(await folder.load({ allowPlainSecrets: true }))).toBe(TOKEN);
    expect(tokenOf(await folder.load({ env: { HARVEST_BQ_HARVEST_ACCESS_TOKEN: 'twin' } }))).toBe('twin');
  });
});

describe('a secret', () => {
  it('shows in no form of the configuration', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': withToken('${T}', 'sync: { hash_key: "env://T" }\n'),
    });
    const config = await folder.load({ env: { T: TOKEN } });
    const shown = [
      JSON.stringify(config),
      inspect(config, { depth: 10, showHidden: true }),
      String(config.sync.hashKey),
    ];
    expect(shown.join('\n')).not.toContain('Geheim');
    expect([...config.origins].flat().join('\n')).not.toContain('Geheim');
  });

  it.each([
    ['where a number belongs', minimalConfig().replace('123456', TOKEN)],
    ['as a key', minimalConfig(`${TOKEN}: 1\n`)],
    ['as a list', withToken(`[${TOKEN}]`)],
    ['in a reference', withToken(`env://${TOKEN}`)],
    ['as the name of a file', withToken(`file:///${TOKEN}`)],
    ['in broken YAML', withToken(`"${TOKEN}" ${TOKEN}`)],
    ['as an alias', withToken(`*${TOKEN}`)],
    ['as a tag', withToken(`!${TOKEN} x`)],
    ['twice', withToken(TOKEN, `  access_token: ${TOKEN}\n`)],
    ['in an open expression', withToken(`\${${TOKEN}`)],
    ['in an address', minimalConfig(`  base_url: https://${TOKEN}@harvest.example\n`)],
  ])('shows in no message when it was put %s', async (_name, text) => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': text });
    const error = await folder.failure({ env: { TOKEN: 'x' } });
    expect(allOf(error)).not.toContain('Geheim');
  });

  it('shows in no message when it comes by a variable into a place where it does not belong', async () => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': minimalConfig('start_date: ${T}\n') });
    const error = await folder.failure({ env: { T: TOKEN, TOKEN: 'x' } });
    expect([error.code, allOf(error).includes('Geheim')]).toEqual(['CONFIG_INVALID', false]);
  });
});
