import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/sandbox/faults.ts';
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

const FAULTS: readonly Fault[] = [
  { match: 'time_entries', do: 'truncated' },
  { match: 'time_entries', do: 'repeat' },
  { match: 'time_entries', do: 'count', value: 3 },
  { match: 'time_entries', do: 'malformed', field: 'hours', value: 'many' },
  { match: 'time_entries', do: 'shift' },
  { match: 'time_entries', do: 'shift', value: 'insert' },
  { match: 'time_entries', do: 'html' },
  { match: 'time_entries', do: 'status', status: 503 },
];

async function addEntry({ baseUrl, tokens, accountId }: Sandbox): Promise<void> {
  const headers = {
    authorization: `Bearer ${tokens.administrator}`,
    'harvest-account-id': accountId,
    'user-agent': 'tests',
    'content-type': 'application/json',
  };
  const page = await fetch(`${baseUrl}/time_entries?per_page=1`, { headers });
  const [known] = (
    (await page.json()) as { time_entries: { project: { id: number }; task: { id: number } }[] }
  ).time_entries;
  const entry = {
    project_id: known?.project.id,
    task_id: known?.task.id,
    spent_date: '2026-03-09',
    hours: 1.5,
    notes: 'made after the start',
  };
  const answer = await fetch(`${baseUrl}/time_entries`, {
    method: 'POST',
    headers,
    body: JSON.stringify(entry),
  });
  expect(answer.status).toBe(201);
}

describe('time entries that were made into bytes before the start', () => {
  it('are the same pages, byte for byte', async () => {
    await using plain = await startSandbox(ACCOUNT);
    await using prepared = await startSandbox({ ...ACCOUNT, preparedEntries: true });
    for (const query of QUERIES) expect(await textOf(prepared, query)).toBe(await textOf(plain, query));
  });

  it('are the same pages after an edit, too', async () => {
    await using plain = await startSandbox(ACCOUNT);
    await using prepared = await startSandbox({ ...ACCOUNT, preparedEntries: true });
    for (const sandbox of [plain, prepared]) await addEntry(sandbox);
    for (const query of QUERIES) expect(await textOf(prepared, query)).toBe(await textOf(plain, query));
    expect(await textOf(prepared, '')).toContain('made after the start');
  });

  it.each(FAULTS)('meet the fault $do as others do', async (fault) => {
    await using plain = await startSandbox(ACCOUNT);
    await using prepared = await startSandbox({ ...ACCOUNT, preparedEntries: true });
    const untouched = await textOf(plain, '?per_page=7');
    for (const sandbox of [plain, prepared]) sandbox.faults.add(fault);
    const spoiled = await textOf(prepared, '?per_page=7');
    expect(spoiled).toBe(await textOf(plain, '?per_page=7'));
    expect(spoiled).not.toBe(untouched);
    expect(await textOf(prepared, '?per_page=7')).toBe(await textOf(plain, '?per_page=7'));
  });

  it('show the hours of a timer that grow by themselves', async () => {
    const live = { ...ACCOUNT, liveTimers: true };
    await using plain = await startSandbox(live);
    await using prepared = await startSandbox({ ...live, preparedEntries: true });
    for (const { account } of [plain, prepared]) account.clock.advance(3_600_000);
    expect(await textOf(prepared, '')).toBe(await textOf(plain, ''));
  });
});
