/** What there is at Google to choose from. Nothing here is needed: where it cannot be seen, names are typed. */
import type { DatasetChoice, ProjectChoice } from '../../google/listing.ts';
import { classify } from '../../classify/classify.ts';

/** A login and what it may see. */
export interface GoogleSetup {
  /** Who is logged in, in words: `as jane@acme.example`; null: nobody. */
  readonly login: string | null;
  /** Why nothing, or no project, can be seen, in a line; null: they can. */
  readonly problem: string | null;
  /** The project that this machine works in; null: none is set. */
  readonly project: string | null;
  readonly projects: readonly ProjectChoice[];
  /** Datasets of a project. */
  datasets(project: string): Promise<Listed<DatasetChoice>>;
}

/** A list, or why there is none. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  /** In a line; null: the list is whole. */
  readonly problem: string | null;
}

const NOTHING = {
  login: null,
  project: null,
  projects: [],
};

/** Looks. Throws nothing but the reason of the signal. */
export async function lookAtGoogle(
  variables: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<GoogleSetup> {
  try {
    return await open(variables, signal);
  } catch (cause) {
    signal.throwIfAborted();
    const problem = firstLine(classify(cause).message);
    // told already: one failure is not told twice
    return { ...NOTHING, problem, datasets: () => Promise.resolve({ items: [], problem: null }) };
  }
}

async function open(variables: ReadonlyMap<string, string>, signal: AbortSignal): Promise<GoogleSetup> {
  const { openGoogleAuth, describeLogin, isOnThisMachine } = await import('../../google/credentials.ts');
  const { listDatasets, listProjects } = await import('../../google/listing.ts');
  const endpoint = variables.get('HARVEST_BQ_DESTINATION_API_ENDPOINT')?.replace(/\/+$/, '') || null;
  const wanted = variables.get('GOOGLE_CLOUD_PROJECT') || null;
  const client = await openGoogleAuth({
    impersonate: null,
    apiEndpoint: endpoint,
    purpose: 'setup',
    project: wanted,
  });
  const options = { client, endpoint, signal };
  const quietly = async <Item>(list: Promise<readonly Item[]>): Promise<Listed<Item>> => {
    try {
      return { items: await list, problem: null };
    } catch (cause) {
      signal.throwIfAborted();
      return { items: [], problem: firstLine(classify(cause).message) };
    }
  };
  const project = wanted ?? (isOnThisMachine(endpoint) ? null : await projectOfMachine());
  const { items: projects, problem } = await quietly(listProjects(options));
  return {
    login: await describeLogin(client),
    problem,
    project,
    projects,
    datasets: async (id) => quietly(listDatasets(id, options)),
  };
}

/** @see google-auth-library, GoogleAuth.getProjectId: variables, credentials, gcloud, machine (checked 2026-11-29) */
async function projectOfMachine(): Promise<string | null> {
  const { GoogleAuth } = await import('google-auth-library');
  return new GoogleAuth().getProjectId().catch(() => null);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
