/** Somebody else who uses the same account: steadily, ten of the hundred requests that Harvest allows in 15 seconds. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchServer } from './server.ts';

/** A little more than a tenth of the window, so that no window sees eleven. */
const EVERY_MS = 1_530;

/** Somebody who goes on asking until the end of the block. */
export interface OtherClient extends AsyncDisposable {
  /** Ends it, and tells how many requests it made. */
  stop(): Promise<number>;
}

/** Begins. */
export function startOtherClient(server: BenchServer): OtherClient {
  const stopping = new AbortController();
  const running = (async (): Promise<number> => {
    for (let made = 0; ; made += 1) {
      await ask(server);
      try {
        await sleep(EVERY_MS, undefined, { signal: stopping.signal });
      } catch {
        return made + 1;
      }
    }
  })();
  const stop = (): Promise<number> => {
    stopping.abort();
    return running;
  };
  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** One request; that it may be refused is what is counted at the server. */
async function ask({ baseUrl, token, accountId }: BenchServer): Promise<void> {
  const headers = {
    authorization: `Bearer ${token}`,
    'harvest-account-id': accountId,
    'user-agent': 'another client (other@example.com)',
  };
  const answer = await fetch(`${baseUrl}/clients?per_page=1`, { headers });
  await answer.arrayBuffer();
}
