import { ConnectorError } from '../errors.ts';
import type { MissingUse } from './layers.ts';
import { SECRET_KEYS } from './meaning.ts';
import type { Problem } from './problem.ts';
import type { Variables } from './variables.ts';

/** The error for variables that the file uses and nobody set: which, where, and where they were looked for. */
export function missingVariables(
  shownFile: string | null,
  missing: readonly MissingUse[],
  { hasDotEnv }: Variables,
): ConnectorError {
  const places = missing.map(({ name, state, position, path }) => ({ name, state, path, ...position }));
  const [first] = places;
  const lines = places.map(
    ({ line, column, name, state }) => `  ${line}:${column}   \${${name}} is ${state}`,
  );
  const said =
    first !== undefined && places.length === 1
      ? `${shownFile}:${first.line}:${first.column} uses \${${first.name}}, which is ${first.state}`
      : `${shownFile} uses ${places.length} variables that have no value\n\n${lines.join('\n')}`;
  const dotEnv = hasDotEnv ? '.env (has no value for it)' : '.env (not found)';
  const message = `${said}\n\nLooked in   environment · ${dotEnv} · default in \${…:-…} (none given)`;
  const names = [...new Map(places.map((place) => [place.name, place])).values()];
  return new ConnectorError('CONFIG_ENV_MISSING', message, {
    hint: names.map(({ name, path }) => howToSet(name, path)).join('\n'),
    details: { file: shownFile, variables: places },
  });
}

/** The error for secrets that stand in the file; says where, and never what. */
export function plainSecrets(shownFile: string | null, clear: readonly Problem[]): ConnectorError {
  const lines = clear.map(({ place, path }) => `${shownFile}:${place} holds ${path} in clear text`);
  return new ConnectorError('CONFIG_PLAIN_SECRET', lines.join('\n'), {
    details: { file: shownFile, problems: clear },
  });
}

function howToSet(name: string, path: string): string {
  if (path === 'harvest.account_id') {
    return `export ${name}=<number>, found at https://id.getharvest.com/developers`;
  }
  if (path === 'harvest.access_token') {
    return `export ${name}=<token, or a reference such as file:///path>; create one at https://id.getharvest.com/developers`;
  }
  if (SECRET_KEYS.includes(path)) {
    return `export ${name}=<secret, or a reference such as file:///path or sm://project/name>`;
  }
  return `export ${name}=<value>, or give a default: \${${name}:-default}`;
}
