/** Where the processor's time went, from V8's profiles. Pure but for reading them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A profile as `node --cpu-prof` writes it. */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** A place in the code and its share of the time in which something ran, 0 to 1. */
export interface Hot {
  readonly place: string;
  readonly share: number;
}

const IDLE = new Set(['(idle)', '(program)', '(root)']);

/** The places in which most time was spent, those that they call not counted. */
export function hottest(profile: Profile, most: number): readonly Hot[] {
  const placeOf = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url } }) => [
      id,
      IDLE.has(functionName) ? null : `${functionName || '(anonymous)'} ${fileOf(url)}`.trim(),
    ]),
  );
  const spent = new Map<string, number>();
  let all = 0;
  for (const [at, node] of profile.samples.entries()) {
    const place = placeOf.get(node) ?? null;
    if (place === null) continue;
    const micros = profile.timeDeltas[at] ?? 0;
    spent.set(place, (spent.get(place) ?? 0) + micros);
    all += micros;
  }
  return [...spent]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([place, micros]) => ({ place, share: micros / all }));
}

/** The profile of a process that left one in a folder: the largest, should it have started others. */
export async function readProfile(folder: string): Promise<Profile> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const largest = texts.toSorted((a, b) => b.length - a.length)[0];
  if (largest === undefined) throw new Error(`There is no profile in ${folder}`);
  return JSON.parse(largest) as Profile;
}

/** `file:///…/dist/sync/row.js` → `sync/row.js`; libraries by their name. */
function fileOf(url: string): string {
  const [, own] = /\/dist\/(.+)$/.exec(url) ?? [];
  const [, library] = /\/node_modules\/(.+)$/.exec(url) ?? [];
  return library ?? own ?? url.replace(/^file:\/\//, '');
}
