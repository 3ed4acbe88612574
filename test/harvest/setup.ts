import type { HarvestConfig } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import { ConnectorError } from '../../src/errors.ts';
import { createHarvestClient, type ClientDeps } from '../../src/harvest/client.ts';
import type { RetryPolicy } from '../../src/harvest/retry.ts';
import type { HarvestClient } from '../../src/harvest/types.ts';
import type { SyncEvent } from '../../src/events.ts';

export const TOKEN = 'pat-5up3r-s3cret+/=';

/** The real policy, a hundred times faster. */
export const FAST_RETRY: RetryPolicy = {
  attempts: 3,
  throttledAttempts: 3,
  baseMs: 5,
  longestMs: 20,
  longestThrottleMs: 5000,
};

/** A configuration for a server at this address. */
export function configFor(origin: string, change: Partial<HarvestConfig> = {}): HarvestConfig {
  return {
    accountId: '123456',
    login: { kind: 'token', accessToken: new Secret(TOKEN, 'test') },
    baseUrl: `${origin}/v2`,
    identityUrl: origin,
    userAgent: 'harvest-bq tests (tests@example.com)',
    limits: { general: null, reports: null },
    visibility: 'full',
    ...change,
  };
}

/** A client of a server, and the events it has emitted. */
export interface Bench extends AsyncDisposable {
  readonly client: HarvestClient & AsyncDisposable;
  readonly events: readonly SyncEvent[];
}

export function openBench(
  origin: string,
  change: Partial<HarvestConfig> = {},
  deps: Partial<ClientDeps> = {},
): Bench {
  const events: SyncEvent[] = [];
  const client = createHarvestClient(configFor(origin, change), {
    emit: (event) => events.push(event),
    retry: FAST_RETRY,
    ...deps,
  });
  return { client, events, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** The ConnectorError that a promise ends with. */
export async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
  throw new Error('It did not fail');
}
