/** Questions about where the tables go. Google's lists are offered where they can be seen; names can always be typed. */
import type { DatasetChoice } from '../../google/listing.ts';
import type { Account } from '../../harvest/account.ts';
import type { DestinationAnswer } from './answers.ts';
import type { Asker, Asking, Option } from './asker.ts';
import { problemOf } from './given.ts';
import type { GoogleSetup } from './google-setup.ts';
import { connectorName } from './names.ts';
import type { World } from './world.ts';

/** Stands for a name that is not in the list; no project, dataset or location is called so. */
const ANOTHER = '…';

/** The two that most take, @see BigQuery docs, page "BigQuery locations": multi-regions (checked 2026-11-29) */
const LOCATIONS: readonly Option<string>[] = [
  { value: 'EU', label: 'EU', hint: 'member states of the European Union' },
  { value: 'US', label: 'US', hint: 'United States' },
  { value: ANOTHER, label: 'another', hint: 'such as europe-west3' },
];

/** The name of the connector; by default the company's, in plain letters. */
export async function askConnector(
  { name }: Account,
  accountId: string,
  { given, world, ask }: Asking,
): Promise<string> {
  const proposed = connectorName(name, accountId);
  if (given.connector !== null || ask === null) return given.connector ?? proposed;
  return askSetting('connector', 'Name of this connector', proposed, { world, ask });
}

/** The warehouse. */
export async function askDestination(connector: string, asking: Asking): Promise<DestinationAnswer> {
  const { given, world, ask } = asking;
  const type =
    given.destination ??
    (await ask?.choose({
      message: 'Where do the tables go?',
      options: [
        { value: 'duckdb', label: 'DuckDB', hint: 'a file on this machine; needs no other account' },
        { value: 'bigquery', label: 'BigQuery', hint: 'a dataset of a Google Cloud project' },
      ],
    })) ??
    'duckdb';
  if (type === 'bigquery') return askBigQuery(connector, asking);
  const proposed = `harvest_${connector}.duckdb`;
  if (given.path !== null || ask === null) return { type: 'duckdb', path: given.path ?? proposed };
  return { type: 'duckdb', path: await askSetting('destination.path', 'File', proposed, { world, ask }) };
}

async function askBigQuery(connector: string, { given, world, ask }: Asking): Promise<DestinationAnswer> {
  const proposed = `harvest_${connector}`;
  if (ask === null) {
    const { project, dataset, location } = given;
    return {
      type: 'bigquery',
      project: project ?? '',
      dataset: dataset ?? proposed,
      location: location ?? '',
      isThere: false,
    };
  }
  const isKnown = given.project !== null && given.dataset !== null && given.location !== null;
  const google = isKnown ? null : await lookAround({ world, ask });
  const project = given.project ?? (await askProject(google, { world, ask }));
  const datasets = google === null ? [] : await datasetsOf(google, project, ask);
  const dataset = given.dataset ?? (await askDataset(datasets, proposed, { world, ask }));
  const there = datasets.find(({ id }) => id === dataset);
  if (there !== undefined && given.location === null) {
    ask.say(`${project}.${dataset} is there, in ${there.location}`);
    return { type: 'bigquery', project, dataset, location: there.location, isThere: true };
  }
  return {
    type: 'bigquery',
    project,
    dataset,
    location: given.location ?? (await askLocation({ world, ask })),
    isThere: there !== undefined,
  };
}

interface Alone {
  readonly world: World;
  readonly ask: Asker;
}

async function lookAround({ world, ask }: Alone): Promise<GoogleSetup> {
  const google = await world.google();
  if (google.login !== null) ask.say(`Google: ${google.login}`);
  if (google.problem !== null) ask.warn(problemText(google.problem));
  return google;
}

async function datasetsOf(
  google: GoogleSetup,
  project: string,
  ask: Asker,
): Promise<readonly DatasetChoice[]> {
  const { items, problem } = await google.datasets(project);
  if (problem !== null && problem !== google.problem) ask.warn(problemText(problem));
  return items;
}

function problemText(problem: string): string {
  return `Google: ${problem}\nNames can be typed all the same.`;
}

async function askProject(google: GoogleSetup | null, { world, ask }: Alone): Promise<string> {
  const projects = google?.projects ?? [];
  const message = 'BigQuery project';
  const current = google?.project ?? null;
  const initial = current === null ? {} : { initial: current };
  if (projects.length > 0) {
    const options = projects.map(({ id, name }) => ({ value: id, label: id, hint: name ?? '' }));
    const isListed = projects.some(({ id }) => id === current);
    const chosen = await ask.choose({
      message,
      options: [...options, { value: ANOTHER, label: 'another' }],
      ...(isListed ? initial : {}),
    });
    if (chosen !== ANOTHER) return chosen;
  }
  return askSetting('destination.project', message, current ?? '', { world, ask });
}

/** A connector has a dataset of its own, so a new one is proposed first. */
async function askDataset(
  datasets: readonly DatasetChoice[],
  proposed: string,
  { world, ask }: Alone,
): Promise<string> {
  const message = 'Dataset, for this connector alone';
  const options = datasets
    .filter(({ id }) => !id.startsWith('_'))
    .map(({ id, location }) => ({ value: id, label: id, hint: `is there, in ${location}` }));
  if (options.length > 0) {
    const isThere = options.some(({ value }) => value === proposed);
    const isNew = [{ value: proposed, label: proposed, hint: 'will be made by the first run' }];
    const chosen = await ask.choose({
      message,
      options: [...(isThere ? [] : isNew), ...options, { value: ANOTHER, label: 'another' }],
      initial: proposed,
    });
    if (chosen !== ANOTHER) return chosen;
  }
  return askSetting('destination.dataset', message, proposed, { world, ask });
}

async function askLocation({ world, ask }: Alone): Promise<string> {
  const message = 'Location of the dataset, which cannot be changed later';
  const chosen = await ask.choose({ message, options: LOCATIONS });
  return chosen === ANOTHER ? askSetting('destination.location', message, '', { world, ask }) : chosen;
}

/** A line that the schema of the file has to accept. */
async function askSetting(
  path: string,
  message: string,
  initial: string,
  { world, ask }: Alone,
): Promise<string> {
  const problem = (text: string): string | null => {
    const found = problemOf(path, text, world.schema, world.context.now());
    return found === null ? null : `This ${found}.`;
  };
  return (await ask.text({ message, ...(initial === '' ? {} : { initial }), problem })).trim();
}
