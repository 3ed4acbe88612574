import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openOffice, type Office } from '../support/office.ts';
import { say, type Said } from './support/in-process.ts';

/** Tables are as fresh as the moment of their run. */
const HOURS_LATER = 27;

let office: Office;
beforeAll(async () => {
  office = await openOffice({ now: '2026-03-10T09:00:00Z' });
  await office.sync({ streams: ['*'] });
}, 60_000);
afterAll(async () => office[Symbol.asyncDispose]());

function status(line: string): Promise<Said> {
  return say(`status ${line}`, {
    cwd: dirname(office.path),
    now: new Date(Date.now() + HOURS_LATER * 3_600_000),
    env: {
      HARVEST_ACCOUNT_ID: String(office.target.accountId),
      HARVEST_ACCESS_TOKEN: office.target.token,
      HARVEST_BQ_CONNECTOR: 'test',
      HARVEST_BQ_DESTINATION_PATH: office.path,
    },
  });
}

describe('status --max-age', () => {
  it('shows every stream that is older, and what brings them up to date', async () => {
    const { code, text, failure } = await status('--max-age 26h');
    expect(code).toBe(8);
    expect(failure?.message).toMatch(/^32 streams older than 26 h: /);
    expect(text).not.toContain('all fine');
    expect(text.match(/ 27\.\d h {2}/g)).toHaveLength(32);
    expect(text).toMatch(/\n\nNext {3}harvest-bq sync$/);
    expect((await status('invoice* clients --max-age 26h')).text).toMatch(
      /\n\nNext {3}harvest-bq sync 'invoice\*' clients$/,
    );
  });

  it('says that all are young enough', async () => {
    const { code, text } = await status('--max-age 28h');
    expect(code).toBe(0);
    expect(text).toMatch(/\n\nall 32 within 28 h$/);
  });
});

it('status --failed says that nothing failed', async () => {
  expect((await status('--failed')).text).toMatch(/\n\nno stream failed: 32 looked at$/);
});
