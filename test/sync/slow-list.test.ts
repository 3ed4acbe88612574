import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { runEngine } from '../support/engine.ts';
import { json, startServer, type SeenRequest } from '../support/http-server.ts';
import { openOffice } from '../support/office.ts';
import { pick } from '../support/pick.ts';

const CHILDREN: readonly string[] = ['invoice_payments', 'invoice_messages'];

/** How long an answer is held back at most. */
const MOST_MS = 10_000;

it('one list of children that is answered late holds up its own stream, and no other', async () => {
  await using office = await openOffice();
  const client = pick(office, 'clients').id;
  for (let nth = 0; nth < 60; nth += 1) {
    office.sandbox.account.create('invoices', { client_id: client, subject: `no. ${nth}` });
  }
  const otherStored = Promise.withResolvers<string>();
  let held: string | null = null;
  let heldUntil = 'nothing was held back';
  const { origin } = new URL(office.target.baseUrl);
  const answerTo = async ({ url, headers }: SeenRequest, response: ServerResponse): Promise<void> => {
    const [, list = null] = /invoices\/\d+\/(messages|payments)/.exec(url) ?? [];
    if (held === null && list !== null) {
      held = `invoice_${list}`;
      heldUntil = await Promise.race([otherStored.promise, sleep(MOST_MS, 'time was up', { ref: false })]);
    }
    const answer = await fetch(`${origin}${url}`, {
      headers: Object.fromEntries(
        Object.entries(headers).filter(([, value]) => typeof value === 'string'),
      ) as Record<string, string>,
    });
    const date = { date: answer.headers.get('date') ?? '' };
    json(await answer.json(), answer.status, date)(response, {} as never);
  };
  await using server = await startServer((request) => (response) => void answerTo(request, response));
  const target = { ...office.target, baseUrl: `${server.origin}/v2` };
  const run = await runEngine(target, office.path, {
    streams: ['invoices', ...CHILDREN],
    onEvent: (event) => {
      const isOther = 'stream' in event && CHILDREN.includes(event.stream ?? '') && event.stream !== held;
      if (isOther && event.event === 'stream.finished') otherStored.resolve('the other stream had ended');
    },
  });
  expect(run.result.outcome).toBe('ok');
  expect(heldUntil).toBe('the other stream had ended');
});
