import type { FoundFile } from './find-file.ts';
import { findUnknownTwins, type Layers } from './layers.ts';
import { SECRET_KEYS } from './meaning.ts';
import { invalidConfig, problemAt, type Problem } from './problem.ts';
import { parseReference } from './reference.ts';
import { missingVariables, plainSecrets } from './refusal.ts';
import type { ConfigKey, SchemaProblem } from './schema.ts';
import { valueAt } from './tree.ts';
import type { Variables } from './variables.ts';
import type { YamlFile } from './yaml-file.ts';

/** Tokens of the sandbox, which opens nothing else: its own configuration has one as a default. */
const OF_SANDBOX = /^[a-z_]+-sandbox-[0-9]+$/;

/** What was given, read but not yet judged. */
export interface Given {
  readonly found: FoundFile | null;
  readonly yaml: YamlFile | null;
  readonly keys: readonly ConfigKey[];
  readonly layers: Layers;
  readonly variables: Variables;
}

/**
 * Throws where anything is wrong. All mistakes go into one CONFIG_INVALID; only where all of it is variables without a
 * value, or secrets in clear text, it gets the code of its own.
 *
 * @param found mistakes by path, from the schema and from what the values mean
 * @throws ConnectorError CONFIG_INVALID, CONFIG_ENV_MISSING, CONFIG_PLAIN_SECRET
 */
export function refuseMistakes(
  given: Given,
  allowPlainSecrets: boolean,
  found: readonly SchemaProblem[],
): void {
  const { layers, yaml, keys, variables } = given;
  const isUnfilled = new Set([...layers.missing, ...layers.problems].map(({ path }) => path));
  const problems = [
    ...found
      .filter(({ path }) => !isUnfilled.has(path))
      .map(({ path, message }) => locate(given, path, message)),
    ...layers.problems,
    ...(yaml?.problems ?? []),
    ...findUnknownTwins(keys, variables.values),
  ];
  const told = new Set(problems.map(({ path }) => path));
  const clear = allowPlainSecrets
    ? []
    : findPlainSecrets(given).filter(({ path }) => !isUnfilled.has(path) && !told.has(path));
  const shown = given.found?.shown ?? null;
  if (problems.length > 0 || (clear.length > 0 && layers.missing.length > 0)) {
    const missing = layers.missing.map(({ position, path, name, state }) =>
      problemAt(position, path, `uses \${${name}}, which is ${state}`),
    );
    throw invalidConfig(shown, [...problems, ...missing, ...clear]);
  }
  if (clear.length > 0) throw plainSecrets(shown, clear);
  if (layers.missing.length > 0) throw missingVariables(shown, layers.missing, variables);
}

function findPlainSecrets({ layers, yaml }: Given): readonly Problem[] {
  return SECRET_KEYS.flatMap((path) => {
    const text = valueAt(layers.tree, path);
    if (typeof text !== 'string' || layers.uppers.has(path)) return [];
    const isFilled = layers.fromVariables.has(path);
    const own = isFilled ? (layers.defaults.get(path) ?? '') : text;
    const isHarmless = isFilled && (own === '' || OF_SANDBOX.test(own));
    if (isHarmless || parseReference(own) !== null) return [];
    const position = yaml?.spans.get(path)?.value ?? { line: 1, column: 1 };
    const what = isFilled ? 'has a default that stands in clear text' : 'stands in clear text';
    return [problemAt(position, path, `${what}, must be a reference`)];
  });
}

/** Puts a mistake at the flag, variable or line that it comes from; a missing key at its section. */
function locate({ layers, yaml }: Given, path: string, message: string): Problem {
  const upper = layers.uppers.get(path);
  if (upper !== undefined) return { line: null, column: null, place: upper.place, path, message };
  if (yaml === null) return { line: null, column: null, place: 'environment', path, message };
  for (let key = path; key !== ''; key = key.replace(/(?:^|\.)[^.[]+$|\[[0-9]+\]$/, '')) {
    const span = yaml.spans.get(key);
    if (span !== undefined) return problemAt(span.key, path, message);
  }
  return problemAt({ line: 1, column: 1 }, path, message);
}
