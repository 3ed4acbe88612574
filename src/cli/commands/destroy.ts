import type { Catalog } from '../../catalog/catalog.ts';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { flatViewsOf } from '../../catalog/tables.ts';
import { ConnectorError } from '../../errors.ts';
import { plural } from '../../report/quantity.ts';
import type { Inventory } from '../../warehouse/erasure.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { askToType } from '../ask.ts';
import { workByHand } from '../by-hand.ts';
import { openCatalog, openConfig, type CliContext } from '../context.ts';
import { done, type Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import { placeOf } from '../warehouse-door.ts';
import { notConfirmed } from './erase.ts';

/** `destroy`: deletes all that the connector made, and nothing else. */
export async function runDestroy({ flags }: Invocation, context: CliContext): Promise<Outcome> {
  const config = await openConfig(context);
  const known = namesOf(await openCatalog());
  const { cwd, signal } = context;
  const place = placeOf(config, { cwd, signal, emit: () => undefined });
  if (flags['dryRun'] === true) {
    await using warehouse = await place.openToRead();
    const { own } = await inventoryOf(warehouse, known, place.label);
    return outcomeOf(own, { dryRun: true, label: place.label, isGone: false });
  }
  if (!(await askToType(place.label, context))) return notConfirmed(place.label);
  const own = await workByHand(
    {
      command: 'destroy',
      isNoted: false,
      work: async (warehouse) => {
        const inventory = await inventoryOf(warehouse, known, place.label);
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

/** Names of all tables and views that the connector makes, whatever is chosen. */
function namesOf({ streams }: Catalog): ReadonlySet<string> {
  const ofStreams = [...streams.values()].flatMap((stream) => [
    stream.name,
    `${stream.name}_history`,
    ...flatViewsOf(stream, stream.columns).map(({ name }) => name),
  ]);
  return new Set([...ofStreams, ...Object.values(HOUSEKEEPING).map(({ name }) => name)]);
}

/** @throws ConnectorError DESTROY_FOREIGN */
async function inventoryOf(
  warehouse: Warehouse,
  known: ReadonlySet<string>,
  label: string,
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
  return inventory;
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
