import { describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';

const ACCOUNT = {
  size: 'tiny',
  seed: 5,
  now: '2026-03-10T09:00:00Z',
  clock: 'stands',
} as const satisfies SandboxOptions;

const QUERIES = [
  '',
  '?per_page=7',
  '?per_page=7&page=3',
  '?per_page=1&page=200',
  '?page=9',
  '?from=2026-02-01&to=2026-02-20&per_page=4&page=2',
  '?from=2025-12-24&to=2025-12-24',
  '?from=2031-01-01',
  '?is_running=true',
];

async function textOf({ baseUrl, url, tokens, accountId }: Sandbox, query: string): Promise<string> {
  const headers = {
    authorization: `Bearer ${tokens.administrator}`,
    'harvest-account-id': accountId,
    'user-agent': 'tests',
  };
  const answer = await fetch(`${baseUrl}/time_entries${query}`, { headers });
  return (await answer.text()).replaceAll(url, 'http://sandbox');
}

describe('time entries that were made into bytes before the start', () => {
  it('are the same pages, byte for byte', async () => {
    await using plain = await startSandbox(ACCOUNT);
    await using prepared = await startSandbox({ ...ACCOUNT, preparedEntries: true });
    for (const query of QUERIES) expect(await textOf(prepared, query)).toBe(await textOf(plain, query));
  });
});
