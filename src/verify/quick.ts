/**
 * The quick form of a verification: Harvest's own counts and sums, and what has to be true of the tables alone. Where
 * nothing differs it sends 8 report requests for each calendar year and some 22 others (`docs/verify.md` has the exact
 * number), and writes nothing.
 */
import type { RunContext } from '../sync/context.ts';
import type { Verification } from '../verification.ts';
import { compareBalances } from './balances.ts';
import { compareCounts } from './counts.ts';
import { compareFactSums } from './fact-sums.ts';
import { Findings } from './findings.ts';
import { compareHistories } from './histories.ts';
import { compareKeys, compareReferences } from './keys.ts';
import { compareReportTables } from './report-tables.ts';
import { scopeOf } from './scope.ts';

/**
 * Compares the streams of these names with Harvest.
 * @throws ConnectorError what the client and the warehouse throw
 */
export async function verifyQuickly(
  context: RunContext,
  streams: ReadonlySet<string>,
): Promise<Verification> {
  const findings = new Findings('quick');
  const scope = await scopeOf(context, streams, findings);
  for (const [index, [check, compare]] of CHECKS.entries()) {
    context.signal.throwIfAborted();
    context.emit({ event: 'check.started', check, number: index + 1, of: CHECKS.length });
    await compare(scope);
  }
  return findings.result();
}

/** What is compared, in words. */
const CHECKS = [
  ['counts', compareCounts],
  ['sums of hours and money', compareFactSums],
  ['balances', compareBalances],
  ['keys', compareKeys],
  ['references', compareReferences],
  ['reports', compareReportTables],
  ['histories', compareHistories],
] as const;
