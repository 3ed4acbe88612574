/**
 * The full form of a verification: everything is read again from Harvest and every cell compared. Memory is bounded by a
 * window; nothing is written.
 */
import PQueue from 'p-queue';
import type { RunContext } from '../sync/context.ts';
import type { Verification } from '../verification.ts';
import { compareBalances } from './balances.ts';
import { causeOfExtra, type Judge } from './compare-row.ts';
import { compareWindow } from './compare-window.ts';
import { Findings } from './findings.ts';
import { compareHistories } from './histories.ts';
import { compareKeys } from './keys.ts';
import { readStill } from './read-window.ts';
import { asVisible, scopeOf } from './scope.ts';
import { ChangedSince } from './since.ts';
import { windowsOf } from './stream-windows.ts';

/** Streams that are read at the same time, of each of Harvest's two limits. */
const STREAMS_AT_ONCE = 2;

/**
 * Compares every cell of the streams of these names with Harvest.
 * @throws ConnectorError what the client and the warehouse throw
 */
export async function verifyFully(context: RunContext, streams: ReadonlySet<string>): Promise<Verification> {
  const findings = new Findings('full');
  const scope = await scopeOf(context, streams, findings);
  for (const [index, [check, compare]] of CHECKS.entries()) {
    context.emit({ event: 'check.started', check, number: index + 1, of: CHECKS.length + 1 });
    await compare(scope);
  }
  const number = CHECKS.length + 1;
  context.emit({ event: 'check.started', check: 'every cell', number, of: number });
  const since = new ChangedSince(scope);
  const queues = {
    general: new PQueue({ concurrency: STREAMS_AT_ONCE }),
    reports: new PQueue({ concurrency: STREAMS_AT_ONCE }),
  };
  await Promise.all(
    [...scope.streams.values()].map((chosen) =>
      queues[chosen.stream.limit_class].add(() =>
        asVisible(chosen.stream.name, scope, () => compareStream({ chosen, scope, since, moved: new Set() })),
      ),
    ),
  );
  return findings.result();
}

/** What is compared before the cells, in words. */
const CHECKS = [
  ['keys', compareKeys],
  ['balances', compareBalances],
  ['histories', compareHistories],
] as const;

async function compareStream(judge: Judge): Promise<void> {
  const { chosen, scope, moved } = judge;
  const { context, findings } = scope;
  const { name: table } = chosen.stream;
  const extras = new Set<string>();
  let rejected = 0;
  for await (const window of await windowsOf(chosen, context)) {
    context.signal.throwIfAborted();
    context.emit({ event: 'window.chosen', stream: table, mode: 'full', window: window.label });
    await using intake = await readStill(window, chosen, context);
    if (intake === null) {
      findings.leaveOut(table, `${window.label}: the list moved each time it was read`);
      continue;
    }
    rejected += intake.rejects.length;
    for (const key of await compareWindow(window, intake, judge)) extras.add(key);
  }
  if (rejected > 0) findings.leaveOut(table, rejectedWords(rejected));
  for (const key of extras) {
    if (!moved.has(key)) findings.add({ kind: 'extra', cause: await causeOfExtra(key, judge), table, key });
  }
  context.emit({ event: 'stream.compared', stream: table });
}

/** What was rejected is not compared, whether an older version of it is stored or not. */
function rejectedWords(count: number): string {
  return count === 1
    ? '1 record breaks its schema: not compared'
    : `${count} records break their schema: not compared`;
}
