import { assertChoice } from '../../catalog/check-choice.ts';
import { selectStreams } from '../../catalog/select.ts';
import { openCatalog, openConfig, openRun, openRunDeps, type CliContext } from '../context.ts';
import type { Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import type { Verify } from '../../sync/run-progress.ts';
import { runOutcome } from './sync.ts';

/** `verify [streams…]`: compares the tables with Harvest; a run of its own, which writes nothing but its row, or repairs. */
export async function runVerifyCommand({ flags, args }: Invocation, context: CliContext): Promise<Outcome> {
  const { runId, emit } = await openRun(context, null);
  const config = await openConfig(context);
  const catalog = await openCatalog();
  const { include, exclude } = config.streams;
  // a wrong word ends the command before anything is locked or asked
  assertChoice(config, catalog);
  selectStreams(catalog, { include, exclude, only: args });
  const { runSync } = await import('../../sync/run.ts');
  const isRepair = flags['repair'] === true;
  const result = await runSync(
    {
      command: 'verify',
      streams: args,
      exclude: [],
      // what the notes say of the tables' content is not trusted
      fullRefresh: isRepair,
      allowShrink: false,
      allowDeletes: flags['allowDeletes'] === true,
      verify: true,
      onlyVerify: true,
      failFast: false,
      runId,
      timeoutMs: null,
    },
    {
      ...(await openRunDeps(context, config, catalog, emit)),
      verify: await comparison(flags['full'] === true, isRepair),
    },
  );
  return runOutcome(result, context);
}

/** The comparison that was asked for. */
async function comparison(isFull: boolean, isRepair: boolean): Promise<Verify> {
  const { verifyFully } = await import('../../verify/full.ts');
  const { verifyQuickly } = await import('../../verify/quick.ts');
  const { repairing } = await import('../../verify/repair.ts');
  const verify = isFull ? verifyFully : verifyQuickly;
  return isRepair ? repairing(verify) : verify;
}
