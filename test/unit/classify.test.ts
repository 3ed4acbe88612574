import { describe, expect, it } from '@jest/globals';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classify } from '../../src/classify/classify.ts';
import { classifyNetwork, classifyStatus, readReason } from '../../src/classify/http.ts';
import { ConnectorError } from '../../src/errors.ts';

const CONTEXT = { what: 'GET /v2/clients', host: 'api.harvestapp.com' };

function coded(code: string, name = 'Error'): Error {
  return Object.assign(new Error(`${code}: it happened`), { code, name });
}

describe('classifyStatus', () => {
  it.each([
    [204, 'HARVEST_BAD_RESPONSE'],
    [301, 'HARVEST_BAD_RESPONSE'],
    [400, 'HARVEST_REFUSED'],
    [401, 'HARVEST_UNAUTHORIZED'],
    [402, 'HARVEST_FORBIDDEN'],
    [403, 'HARVEST_FORBIDDEN'],
    [404, 'HARVEST_NOT_FOUND'],
    [405, 'HARVEST_REFUSED'],
    [407, 'HARVEST_UNAVAILABLE'],
    [408, 'HARVEST_UNAVAILABLE'],
    [410, 'HARVEST_NOT_FOUND'],
    [422, 'HARVEST_REFUSED'],
    [429, 'HARVEST_THROTTLED'],
    [500, 'HARVEST_UNAVAILABLE'],
    [503, 'HARVEST_UNAVAILABLE'],
    [520, 'HARVEST_UNAVAILABLE'],
  ])('%i is %s', (status, code) => {
    const error = classifyStatus(status, '', CONTEXT);
    expect(error.code).toBe(code);
    expect(error.message).toContain(`Harvest answered ${status} to GET /v2/clients`);
    expect(error.details).toEqual({ status });
  });
});

describe('readReason', () => {
  it.each([
    ['{"message":"Invalid per_page parameter"}', 'Invalid per_page parameter'],
    [
      '{"error":"invalid_grant","error_description":"The refresh token is invalid."}',
      'The refresh token is invalid.',
    ],
    ['{"status":404,"error":"Not Found"}', 'Not Found'],
    ['{"errors":{"from":["is after to"]}}', '{"errors":{"from":["is after to"]}}'],
    ['"HTTP Token: Access denied."', 'HTTP Token: Access denied.'],
    ['Account Id Required\n', 'Account Id Required'],
    ['<html><head><title>502 Bad\nGateway</title></head><body>x</body></html>', '502 Bad Gateway'],
    ['<h1>Down</h1><script>alert(1)</script> for a while', 'Down for a while'],
    ['', ''],
  ])('of %s is "%s"', (body, reason) => {
    expect(readReason(body)).toBe(reason);
  });

  it('is shortened to 200 characters', () => {
    expect(readReason('x'.repeat(5000))).toHaveLength(200);
  });
});

describe('classifyNetwork', () => {
  it.each([
    ['ENOTFOUND', 'HARVEST_UNAVAILABLE'],
    ['EAI_AGAIN', 'HARVEST_UNAVAILABLE'],
    ['ECONNREFUSED', 'HARVEST_UNAVAILABLE'],
    ['ECONNRESET', 'HARVEST_UNAVAILABLE'],
    ['ETIMEDOUT', 'HARVEST_UNAVAILABLE'],
    ['EPIPE', 'HARVEST_UNAVAILABLE'],
    ['ERR_HTTP_CONTENT_LENGTH_MISMATCH', 'HARVEST_UNAVAILABLE'],
    ['CERT_HAS_EXPIRED', 'HARVEST_UNAVAILABLE'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'HARVEST_UNAVAILABLE'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'HARVEST_UNAVAILABLE'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'HARVEST_UNAVAILABLE'],
    ['HPE_INVALID_CONSTANT', 'HARVEST_BAD_RESPONSE'],
    ['Z_DATA_ERROR', 'HARVEST_BAD_RESPONSE'],
    ['ERR_INVALID_CHAR', 'CONFIG_INVALID'],
  ])('%s is %s', (code, expected) => {
    const error = classifyNetwork(coded(code), CONTEXT);
    expect(error?.code).toBe(expected);
    expect(error?.message).toContain(`from api.harvestapp.com`);
    expect(error?.message).toContain(`(${code})`);
  });

  it('looks below a code of got to what the stream said', () => {
    const error = coded('ERR_READING_RESPONSE_STREAM', 'ReadError');
    error.cause = coded('Z_BUF_ERROR');
    expect(classifyNetwork(error, CONTEXT)?.code).toBe('HARVEST_BAD_RESPONSE');
  });

  it('takes an unknown failure of got for an outage, and leaves everything else', () => {
    expect(classifyNetwork(coded('ERR_NEWS', 'RequestError'), CONTEXT)?.code).toBe('HARVEST_UNAVAILABLE');
    expect(classifyNetwork(coded('ERR_NEWS'), CONTEXT)).toBeNull();
    expect(classifyNetwork('a string', CONTEXT)).toBeNull();
  });
});

describe('classify', () => {
  it('leaves what is classified as it is', () => {
    const error = new ConnectorError('RUN_LOCKED', 'locked');
    expect(classify(error)).toBe(error);
  });

  it.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EFBIG', 'DISK_FULL'],
    ['EADDRINUSE', 'USAGE_PORT_IN_USE'],
    ['ECONNRESET', 'HARVEST_UNAVAILABLE'],
    ['EACCES', 'INTERNAL'],
    ['ENOENT', 'INTERNAL'],
  ])('%s is %s', (code, expected) => {
    const cause = coded(code);
    expect(classify(cause)).toMatchObject({ code: expected });
  });

  it.each(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST'])(
    '%s while writing the warehouse says that it cannot be written',
    (code) => {
      const error = classify(coded(code), { warehousePath: '/data/acme.duckdb' });
      expect(error.code).toBe('WAREHOUSE_UNWRITABLE');
      expect(error.message).toContain('/data/acme.duckdb cannot be written');
    },
  );

  it('knows the real errors of the system', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'harvest-bq-classify-'));
    const file = join(folder, 'file');
    await writeFile(file, '');
    const below = await open(join(file, 'x.duckdb'), 'w').catch((error: unknown) => error);
    const missing = await readFile(join(folder, 'none', 'x')).catch((error: unknown) => error);
    await rm(folder, { recursive: true });
    expect(classify(below, { warehousePath: 'x' }).message).toContain('a part of its path is a file');
    expect(classify(missing, { warehousePath: 'x' }).message).toContain('its folder does not exist');

    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const second = createServer().listen(typeof address === 'object' ? address : null);
    const taken = await new Promise((resolve) => second.once('error', resolve));
    server.close();
    expect(classify(taken).code).toBe('USAGE_PORT_IN_USE');
  });

  it('knows the errors of the warehouse', () => {
    const error = classify(new Error('Catalog Error: Table with name x does not exist!'));
    expect(error.code).toBe('WAREHOUSE_FAILED');
  });

  it('takes an abort for a stop, by its reason if it has one', () => {
    const stopping = new AbortController();
    stopping.abort();
    expect(classify(stopping.signal.reason)).toMatchObject({ code: 'RUN_INTERRUPTED', exitCode: 130 });
    const reason = new ConnectorError('RUN_TIMEOUT', 'Time is up');
    const abort = Object.assign(new Error('aborted', { cause: reason }), { name: 'AbortError' });
    expect(classify(abort)).toBe(reason);
  });

  it.each([
    [new TypeError('x is not a function')],
    ['a string'],
    [undefined],
    [{ odd: true }],
    [new Error('')],
  ])('takes %p for our own defect and keeps it as the cause', (thrown) => {
    const error = classify(thrown);
    expect(error).toMatchObject({ code: 'INTERNAL', exitCode: 1 });
    expect(error.message).not.toBe('');
    expect(error.cause).toBe(thrown);
  });
});
