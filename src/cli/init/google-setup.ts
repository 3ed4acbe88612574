/** What there is at Google to choose from. Nothing here is needed: where it cannot be seen, names are typed. */
import type { DatasetChoice, ProjectChoice } from '../../google/listing.ts';
import { classify } from '../../classify/classify.ts';

/** A login and what it may see. */
export interface GoogleSetup {
  /** Who is logged in, in words: `as jane@acme.example`; null: nobody. */
  readonly login: string | null;
  /** Why the lists are empty, in a line; null: they are not. */
  readonly problem: string | null;
  /** The project that this machine works in; null: none is set. */
  readonly project: string | null;
  readonly projects: readonly ProjectChoice[];
  /** Datasets of a project; empty where they cannot be seen. */
  datasets(project: string): Promise<readonly DatasetChoice[]>;
}

const NOTHING = {
  login: null,
  problem: null,
  project: null,
  projects: [],
  datasets: () => Promise.resolve([]),
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
    return { ...NOTHING, problem: firstLine(classify(cause).message) };
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
  let problem: string | null = null;
  const quietly = async <Item>(list: Promise<readonly Item[]>): Promise<readonly Item[]> => {
    try {
      return await list;
    } catch (cause) {
      signal.throwIfAborted();
      problem = firstLine(classify(cause).message);
      return [];
    }
  };
  const project = wanted ?? (isOnThisMachine(endpoint) ? null : await projectOfMachine());
  const projects = await quietly(listProjects(options));
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
