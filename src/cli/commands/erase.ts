import { catalogWithAdded } from '../../catalog/added-columns.ts';
import { PERSONS } from '../../catalog/erasable.ts';
import { ConnectorError } from '../../errors.ts';
import { formatCount, plural } from '../../report/quantity.ts';
import { renderTable } from '../../report/table.ts';
import type { ErasedTable } from '../../sync/erase/erase.ts';
import type { Person } from '../../sync/erase/plan.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { askToType } from '../ask.ts';
import { workByHand } from '../by-hand.ts';
import { openCatalog, openConfig, openHarvest, type CliContext } from '../context.ts';
import type { FlagValues } from '../flags.ts';
import { done, type Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import { placeOf } from '../warehouse-door.ts';

/** `erase`: takes what names or describes a person out of the warehouse for good; facts stay. */
export async function runErase({ flags }: Invocation, context: CliContext): Promise<Outcome> {
  const person = personIn(flags);
  const config = await openConfig(context);
  const hashKey = config.sync.hashKey?.reveal() ?? null;
  if (hashKey === null) {
    throw new ConnectorError(
      'SECRET_NOT_FOUND',
      'Whoever is erased is remembered by keyed hashes, and there is no sync.hash_key',
      {
        hint: 'Set sync.hash_key to a reference of a secret, such as ${HARVEST_BQ_HASH_KEY}, and keep that secret.',
      },
    );
  }
  const catalog = catalogWithAdded(await openCatalog(), config);
  const { cwd, signal } = context;
  const place = placeOf(config, { cwd, signal, emit: () => undefined });
  const { erasePerson } = await import('../../sync/erase/erase.ts');
  const dryRun = flags['dryRun'] === true;
  const facts = { person, warehouse: place.label, dryRun };
  if (!dryRun && !(await askToType(place.label, context))) return notConfirmed(place.label);
  const erase = async (warehouse: Warehouse, run: { readonly runId: string; readonly at: string }) => {
    const { namesInHarvest } = await import('../../sync/erase/harvest-names.ts');
    await using client = await openHarvest(context, config, () => undefined);
    const { names, isGone, problem } = await namesInHarvest(person, catalog.streams, client, signal);
    const order = { person, catalog, hashKey, dryRun, isGone, known: names, ...run };
    return outcomeOf(await erasePerson(warehouse, order), { ...facts, problem }, context);
  };
  if (!dryRun) return workByHand({ command: 'erase', isNoted: true, work: erase }, place, config, context);
  await using warehouse = await place.openToRead();
  return await erase(warehouse, { runId: '', at: context.now().toISOString() });
}

/** Nothing was done, as was wished. */
export function notConfirmed(label: string): Outcome {
  return done({ confirmed: false, warehouse: label }, `${label} is as it was: the name was not typed.`);
}

/** @throws ConnectorError USAGE_INVALID */
function personIn(flags: FlagValues): Person {
  const [first, ...others] = PERSONS.flatMap((kind): readonly Person[] => {
    const id = flags[kind];
    return typeof id === 'number' ? [{ kind, id: String(id) }] : [];
  });
  if (first !== undefined && others.length === 0) return first;
  throw new ConnectorError('USAGE_INVALID', 'erase takes one of --user, --contact and --client', {
    hint: 'Name one person by the id of their record: harvest-bq erase --user 1234 --dry-run',
    details: { command: 'erase' },
  });
}

interface Erased {
  readonly person: Person;
  readonly warehouse: string;
  readonly dryRun: boolean;
  /** Why Harvest could not be asked for names. */
  readonly problem: ConnectorError | null;
}

function outcomeOf(
  tables: readonly ErasedTable[],
  { person: { kind, id }, dryRun, warehouse, problem }: Erased,
  { stdout }: CliContext,
): Outcome {
  const rows = tables.reduce((sum, each) => sum + each.rows, 0);
  const verb = dryRun ? 'would be erased from' : 'is erased from';
  const what = `${kind} ${id} ${verb} ${plural(rows, 'row')} of ${warehouse}.`;
  const lines = renderTable(
    [{ title: 'table' }, { title: 'rows', align: 'right' }],
    tables.map((each) => [each.table, formatCount(each.rows)]),
    stdout.width,
  );
  const next = dryRun
    ? 'Nothing was written. Erase with the same command without --dry-run.'
    : 'Facts stay: ids, dates, hours, money. No later run brings the rest back while _erasures is kept.';
  const text = [...(tables.length === 0 ? [] : [...lines, '']), what, next].join('\n');
  const warning = `Harvest could not be asked for names that are not stored (${problem?.code ?? ''}): erase again when it can.`;
  return done(
    { kind, id, dry_run: dryRun, warehouse, rows, tables },
    text,
    problem === null ? [] : [warning],
  );
}
