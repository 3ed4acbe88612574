import type { Catalog } from '../../catalog/catalog.ts';
import { historyName } from '../../catalog/history.ts';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { BUDGET_HISTORY, flatViewsOf } from '../../catalog/tables.ts';
import { ConnectorError } from '../../errors.ts';
import { plural } from '../../report/quantity.ts';
import type { Inventory, KnownNames } from '../../warehouse/erasure.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { askToType } from '../ask.ts';
import { workByHand } from '../by-hand.ts';
import { openCatalog, openConfig, type CliContext } from '../context.ts';
import { done, type Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import { placeOf } from '../warehouse-door.ts';
import { notConfirmed } from './erase.ts';

/** Runs by hand tell no account, so that more than the last is read. */
const RUNS_LOOKED_AT = 1_000;

/** `destroy`: deletes all that the connector made, and nothing else. */
export async function runDestroy({ flags }: Invocation, context: CliContext): Promise<Outcome> {
  const config = await openConfig(context);
  const known = namesOf(await openCatalog());
  const { cwd, signal } = context;
  const place = placeOf(config, { cwd, signal, emit: () => undefined });
  if (flags['dryRun'] === true) {
    await using warehouse = await place.openToRead();
    const { own } = await inventoryOf(warehouse, known, place.label, config.harvest.accountId);
    return outcomeOf(own, { dryRun: true, label: place.label, isGone: false });
  }
  if (!(await askToType(place.label, context))) return notConfirmed(place.label);
  const own = await workByHand(
    {
      command: 'destroy',
      isNoted: false,
      work: async (warehouse) => {
        const inventory = await inventoryOf(warehouse, known, place.label, config.harvest.accountId);
        await warehouse.drop(inventory.own);
        return inventory.own;
      },
    },
    place,
    config,
    context,
  );
  return outcomeOf(own, { dryRun: false, label: place.label, isGone: await place.remove() });
}

/** All tables and views that the connector makes, whatever is chosen. */
function namesOf({ streams }: Catalog): KnownNames {
  const ofStreams = [...streams.values()].flatMap((stream) => [
    [stream.name, '_run_id'] as const,
    [historyName(stream.name), '_valid_from'] as const,
    ...flatViewsOf(stream, stream.columns).map(({ name }) => [name, null] as const),
  ]);
  const housekeeping = Object.values(HOUSEKEEPING).map(
    ({ name, columns }) => [name, columns[0]?.name ?? null] as const,
  );
  return new Map([...ofStreams, [BUDGET_HISTORY, 'snapshot_date'], ...housekeeping]);
}

/** @throws ConnectorError DESTROY_FOREIGN */
async function inventoryOf(
  warehouse: Warehouse,
  known: KnownNames,
  label: string,
  accountId: string,
): Promise<Inventory> {
  const inventory = await warehouse.inventory(known);
  const { own, foreign } = inventory;
  const details = { foreign };
  if (foreign.length > 0) {
    const what = `${label} also holds ${foreign.join(', ')}, which the connector did not make`;
    throw new ConnectorError('DESTROY_FOREIGN', what, { details });
  }
  if (own.length > 0 && !own.includes(HOUSEKEEPING.syncState.name)) {
    const what = `${label} has tables of these names, but no ${HOUSEKEEPING.syncState.name}: no run of the connector has filled it`;
    throw new ConnectorError('DESTROY_FOREIGN', what, { details });
  }
  const account = own.length === 0 ? null : await lastAccount(warehouse);
  if (account !== null && account !== accountId && !account.endsWith(`(${accountId})`)) {
    const what = `${label} holds account ${account}; the configuration says ${accountId}`;
    throw new ConnectorError('DESTROY_FOREIGN', what, { details: { account } });
  }
  return inventory;
}

/** The account that the last run which got through was of, as `_sync_runs` tells it: an id, or a name and (id). */
async function lastAccount(warehouse: Warehouse): Promise<string | null> {
  const runs = await warehouse.readHousekeeping(HOUSEKEEPING.syncRuns, 'started_at', RUNS_LOOKED_AT);
  const isThrough = (outcome: string | null | undefined): boolean =>
    outcome === 'ok' || outcome === 'partial';
  return runs.find((run) => isThrough(run['outcome']) && run['account'] != null)?.['account'] ?? null;
}

function outcomeOf(
  own: readonly string[],
  { dryRun, label, isGone }: { readonly dryRun: boolean; readonly label: string; readonly isGone: boolean },
): Outcome {
  const what = plural(own.length, 'table or view', 'tables and views');
  const text = dryRun
    ? `${own.map((name) => `  ${name}`).join('\n')}\n\n${what} of ${label} would be deleted. Nothing was written.`
    : `${what} ${own.length === 1 ? 'is' : 'are'} deleted${isGone ? `, and ${label} with them` : `; ${label} itself stays, since the connector did not make it or may not delete it`}.`;
  return done({ dry_run: dryRun, warehouse: label, tables: own, removed: isGone }, text);
}
