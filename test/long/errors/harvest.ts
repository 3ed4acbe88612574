/** Failures at Harvest, and of data that came from it. */
import type { Fault } from '../../../src/sandbox/faults.ts';
import type { Sandbox } from '../../../src/sandbox/server.ts';
import type { Provoke, Scene } from './scene.ts';

/** Syncs the roles from an account that misbehaves for ever. */
async function misbehaving(scene: Scene, fault: Omit<Fault, 'match'>): ReturnType<Provoke> {
  const sandbox = await scene.sandbox();
  await scene.configure(sandbox);
  sandbox.faults.add({ match: '/v2/roles', times: 0, ...fault });
  return scene.run(['sync', 'roles']);
}

/** Deletes most of the time entries by Harvest's own route. */
async function deleteEntries(sandbox: Sandbox, share: number): Promise<void> {
  const entries = [...sandbox.account.truth('time_entries')];
  const headers = {
    authorization: `Bearer ${sandbox.tokens.administrator}`,
    'harvest-account-id': sandbox.accountId,
    'user-agent': 'tests (tests@example.com)',
  };
  for (const entry of entries.slice(0, Math.floor(entries.length * share))) {
    await fetch(`${sandbox.baseUrl}/time_entries/${String(entry['id'])}`, { method: 'DELETE', headers });
  }
}

/** One for each code. */
export const HARVEST = {
  HARVEST_UNAUTHORIZED: async (scene) => {
    await scene.configure(await scene.sandbox());
    return scene.run(['sync', 'roles'], { TOKEN: 'somebody-else' });
  },
  HARVEST_ACCOUNT_UNKNOWN: async (scene) => {
    await scene.configure(await scene.sandbox(), '', { account: '999' });
    return scene.run(['sync', 'roles']);
  },
  HARVEST_FORBIDDEN: async (scene) => misbehaving(scene, { do: 'status', status: 403 }),
  HARVEST_PARTIAL_VISIBILITY: async (scene) => {
    const sandbox = await scene.sandbox();
    await scene.configure(sandbox);
    return scene.run(['sync', 'roles'], { TOKEN: sandbox.tokens.manager });
  },
  VISIBILITY_REDUCED: async (scene) => {
    const sandbox = await scene.sandbox();
    await scene.configure(sandbox);
    const env = { HARVEST_BQ_HARVEST_VISIBILITY: 'partial' };
    await scene.run(['sync', 'clients'], env);
    sandbox.account.setRole('administrator', ['member']);
    return scene.run(['sync', 'clients'], env);
  },
  HARVEST_THROTTLED: async (scene) => misbehaving(scene, { do: 'status', status: 429, retryAfter: 3600 }),
  HARVEST_UNAVAILABLE: async (scene) => misbehaving(scene, { do: 'status', status: 503 }),
  HARVEST_BAD_RESPONSE: async (scene) => misbehaving(scene, { do: 'html' }),
  HARVEST_NOT_FOUND: async (scene) => misbehaving(scene, { do: 'status', status: 404 }),
  HARVEST_REFUSED: async (scene) => misbehaving(scene, { do: 'status', status: 422 }),
  PAGES_LOOP: async (scene) => {
    const sandbox = await scene.sandbox({ largestPage: 2 });
    await scene.configure(sandbox);
    sandbox.faults.add({ match: '/v2/clients', times: 0, do: 'repeat' });
    return scene.run(['sync', 'clients']);
  },
  PAGES_UNSETTLED: async (scene) => {
    const sandbox = await scene.sandbox({ largestPage: 20 });
    await scene.configure(sandbox);
    sandbox.faults.add({ match: '/v2/time_entries.*[?&]page=2', times: 0, do: 'shift' });
    return scene.run(['sync', 'time_entries']);
  },
  RECORD_INVALID: async (scene) => {
    const sandbox = await scene.sandbox();
    await scene.configure(sandbox, 'sync: { on_invalid: fail }\n');
    sandbox.faults.add({ match: '/v2/clients', times: 0, do: 'malformed', field: 'name', value: [1] });
    return scene.run(['sync', 'clients']);
  },
  DELETES_IMPLAUSIBLE: async (scene) => {
    const sandbox = await scene.sandbox();
    await scene.configure(sandbox);
    await scene.run(['sync', 'time_entries']);
    await deleteEntries(sandbox, 0.4);
    return scene.run(['sync', 'time_entries']);
  },
  REFRESH_SHRINKS: async (scene) => {
    const sandbox = await scene.sandbox();
    await scene.configure(sandbox);
    await scene.run(['sync', 'time_entries']);
    await deleteEntries(sandbox, 0.7);
    return scene.run(['sync', 'time_entries', '--full-refresh']);
  },
  START_DATE_LATER: async (scene) => {
    const sandbox = await scene.sandbox();
    await scene.configure(sandbox);
    await scene.run(['sync', 'time_entries', 'users']);
    const dates = [...sandbox.account.truth('time_entries')].map((entry) => String(entry['spent_date']));
    const middle = dates.toSorted()[Math.floor(dates.length / 2)] ?? '';
    return scene.run(['sync', 'time_entries'], { HARVEST_BQ_START_DATE: middle });
  },
} as const satisfies Record<string, Provoke>;
