/** `discover [stream] --diff`: what Harvest sends that no column holds, and what it does not send any more. */
import type { Catalog } from '../../catalog/catalog.ts';
import { withAdded } from '../../catalog/added-columns.ts';
import { assertChoice } from '../../catalog/check-choice.ts';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { selectStreams } from '../../catalog/select.ts';
import type { Stream } from '../../catalog/stream.ts';
import { classify } from '../../classify/classify.ts';
import type { Config } from '../../config/config.ts';
import { ConnectorError } from '../../errors.ts';
import { readAccount } from '../../harvest/account.ts';
import { formatCount, plural } from '../../report/quantity.ts';
import { renderTable } from '../../report/table.ts';
import { openConfig, openHarvest, openReporter, type CliContext } from '../context.ts';
import { toIso } from '../freshness.ts';
import { compareFields, type FieldDiff, type NotedType } from '../new-fields.ts';
import { done, type Outcome } from '../outcome.ts';
import { readSample } from '../sample.ts';
import { placeOf } from '../warehouse-door.ts';

/** Records of a stream that are looked at. */
const RECORDS = 100;

/** Notes of drift that are read. */
const NOTES = 10_000;

/** Failures after which the other streams need not be tried. */
const HOPELESS: ReadonlySet<string> = new Set(['HARVEST_UNAUTHORIZED', 'HARVEST_ACCOUNT_UNKNOWN']);

/** The difference of one stream. */
interface StreamDiff extends FieldDiff {
  readonly stream: string;
  /** How many records were looked at. */
  readonly records: number;
}

/** Reads one page of each stream that is chosen, or of one, beside what runs have noted. */
export async function runDiff(only: Stream | null, catalog: Catalog, context: CliContext): Promise<Outcome> {
  const config = await openConfig(context);
  assertChoice(config, catalog);
  const { include, exclude } = config.streams;
  const chosen = only === null ? selectStreams(catalog, { include, exclude }) : [only];
  const reporter = await openReporter(context, null);
  const warnings: string[] = [];
  const noted = await readNoted(config, context, reporter.emit, warnings);
  await using client = await openHarvest(context, config, reporter.emit);
  const account = await readAccount(client, context.signal);
  const diffs: StreamDiff[] = [];
  for (const stream of chosen) {
    if (stream.module !== undefined && account.modules[stream.module] === false) continue;
    const wide = withAdded(stream, config.streams.overrides.get(stream.name)?.add);
    const { accountId } = config.harvest;
    try {
      const options = { limit: RECORDS, accountId, now: context.now() };
      const { records } = await readSample(stream, catalog, client, options);
      const diff = compareFields(wide, records, noted.get(stream.name) ?? []);
      diffs.push({ stream: stream.name, records: records.length, ...diff });
    } catch (error) {
      const failure = classify(error);
      if (only !== null || HOPELESS.has(failure.code) || context.signal.aborted) throw failure;
      warnings.push(`${stream.name} could not be read: ${failure.code}`);
    }
  }
  return done({ streams: diffs }, diffText(diffs, context), warnings);
}

/** What runs have noted, by stream; a warehouse that is not there, or busy, has nothing to add. */
async function readNoted(
  config: Config,
  { cwd, signal }: CliContext,
  emit: Parameters<typeof placeOf>[1]['emit'],
  warnings: string[],
): Promise<ReadonlyMap<string, readonly NotedType[]>> {
  const noted = new Map<string, NotedType[]>();
  try {
    await using warehouse = await placeOf(config, { cwd, signal, emit }).openToRead();
    for (const row of await warehouse.readHousekeeping(HOUSEKEEPING.schemaDrift, 'last_seen_at', NOTES)) {
      const { stream, path, type_seen: type, occurrences, first_seen_at: first, last_seen_at: last } = row;
      if (stream == null || path == null || type == null) continue;
      const at = (text: string | null | undefined): string | null => (text == null ? null : toIso(text));
      const note = { path, type, count: Number(occurrences), firstSeenAt: at(first), lastSeenAt: at(last) };
      noted.set(stream, [...(noted.get(stream) ?? []), note]);
    }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    if (error.code !== 'WAREHOUSE_MISSING') {
      warnings.push(`what runs have noted could not be read: ${error.code}`);
    }
  }
  return noted;
}

function diffText(diffs: readonly StreamDiff[], context: CliContext): string {
  const differing = diffs.filter((diff) => diff.new_fields.length + diff.not_sent.length > 0);
  const lines = differing.flatMap((diff) => [...streamLines(diff, context), '']);
  const added = diffs.flatMap(({ line }) => (line === null ? [] : [`    ${line}`]));
  const count = diffs.reduce((sum, diff) => sum + diff.new_fields.length, 0);
  const closing = `${plural(diffs.length, 'stream')} read, ${plural(count, 'new field')}.`;
  if (added.length === 0) return [...lines, closing].join('\n');
  const how = ['To load what is new, put below streams, overrides:', '', ...added, ''];
  return [...lines, ...how, closing].join('\n');
}

function streamLines(
  { stream, records, new_fields: fields, not_sent: notSent }: StreamDiff,
  context: CliContext,
): readonly string[] {
  const table = renderTable(
    [
      { title: 'new field' },
      { title: 'seen as' },
      { title: 'on this page', align: 'right' },
      { title: 'in runs', align: 'right' },
      { title: 'since' },
      { title: 'can be added as' },
    ],
    fields.map((field) => [
      field.path,
      field.types.join(', '),
      formatCount(field.on_page),
      formatCount(field.in_runs),
      field.first_seen_at?.slice(0, 10) ?? '–',
      `${field.add_as ?? field.why_not ?? ''}${field.perhaps_once === null ? '' : ` (once ${field.perhaps_once}?)`}`,
    ]),
    context.stdout.width,
  );
  return [
    `${stream} · ${plural(records, 'record')} looked at`,
    ...(fields.length === 0 ? [] : ['', ...table]),
    ...(notSent.length === 0 ? [] : ['', `  not sent: ${notSent.join(', ')}; the columns stay`]),
  ];
}
