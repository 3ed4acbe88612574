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

/** The profiles in a folder as text, the largest one only: it is the one of the longest run. */
export async function profileText(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const longest = texts.toSorted((a, b) => b.length - a.length)[0];
  if (longest === undefined) return 'No profile was written.';
  const lines = hottest(JSON.parse(longest) as Profile, 20).map(
    ({ place, share }) => `  ${(share * 100).toFixed(1).padStart(5)} %  ${place}`,
  );
  return ['Where the main thread of the longest run spent its time:', ...lines].join('\n');
}

/** `file:///…/dist/sync/row.js` → `sync/row.js`; libraries by their name. */
function fileOf(url: string): string {
  const [, own] = /\/dist\/(.+)$/.exec(url) ?? [];
  const [, library] = /\/node_modules\/(.+)$/.exec(url) ?? [];
  return library ?? own ?? url.replace(/^file:\/\//, '');
}
