import { typesOf, type ConfigKey } from './schema.ts';

/** An environment variable that the configuration reads. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly meaning: string;
}

/** Every environment variable that the configuration reads: those of the program first, then the twins of the keys. */
export function listEnvironmentVariables(keys: readonly ConfigKey[]): readonly EnvironmentVariable[] {
  return [
    { name: 'HARVEST_BQ_CONFIG', meaning: 'The configuration file, where -c does not name one.' },
    { name: 'HARVEST_ACCOUNT_ID', meaning: 'The account, where there is no file.' },
    { name: 'HARVEST_ACCESS_TOKEN', meaning: 'The token or a reference to it, where there is no file.' },
    {
      name: 'HARVEST_BQ_SECRET_MANAGER_ENDPOINT',
      meaning:
        'Host of Secret Manager, such as a private endpoint; one on this machine is asked without credentials.',
    },
    ...keys.flatMap(({ twin, path, node }) =>
      twin === null ? [] : [{ name: twin, meaning: `${node.title ?? path}: \`${path}\`.` }],
    ),
  ];
}

/** The text of `docs/configuration.md`: every key with its meaning, type, default and environment variable. */
export function renderConfigReference(keys: readonly ConfigKey[]): string {
  const variables = listEnvironmentVariables(keys).map(({ name, meaning }) => `- \`${name}\`: ${meaning}`);
  return [INTRODUCTION, '## Keys', ...keys.map(renderKey), '## Environment variables', variables.join('\n')]
    .join('\n\n')
    .concat('\n');
}

function renderKey({ path, node, twin }: ConfigKey): string {
  const isSection = typesOf(node).includes('object');
  const examples = (node.examples ?? []).map((example) => code(example)).join(', ');
  const facts = [
    `- Must be: ${escapeMarkdown(node['x-expected'] ?? '')}`,
    isSection
      ? null
      : `- Default: ${node.default === undefined ? escapeMarkdown(node['x-default'] ?? '') : code(node.default)}`,
    `- Examples: ${examples}`,
    twin === null ? null : `- Environment: \`${twin}\``,
  ].filter((fact) => fact !== null);
  const secret = node['x-secret'] === true ? ' A secret: never printed, and refused in clear text.' : '';
  return `### \`${path}\`\n\n${escapeMarkdown(`${node.title ?? ''}. ${node.description ?? ''}`)}${secret}\n\n${facts.join('\n')}`;
}

/** A value as it would be written on one line of YAML. */
function code(value: unknown): string {
  return `\`${toYaml(value)}\``;
}

function toYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, inner]) => `${key}: ${toYaml(inner)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  const text = String(value);
  return typeof value === 'string' && /^[*&!|>'"%@`]|[*{}[\],]|: | #/.test(text) && !text.startsWith('${')
    ? `"${text}"`
    : text;
}

/** Angle brackets, stars and underscores inside words stay what they are; Prettier leaves the result alone. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/(^|[\s(])(_[a-z_]+)/g, '$1`$2`')
    .replace(/[^\s(]*<[a-z_]+>(?:[^\s).,]|\.(?=\w))*/g, '`$&`')
    .replace(/\$\{[A-Z_]+\}/g, '`$&`');
}

const INTRODUCTION = `# Configuration

One YAML file describes one connector: one Harvest account and where its tables go. \`harvest-bq init\` writes one, and
\`config/harvest-bq.example.yaml\` is a commented one to start from. This page is made from \`config/config.schema.json\`, which also gives editors completion
and explanations through the first line of the example.

**Which file.** The one named with \`-c\` or \`HARVEST_BQ_CONFIG\`, else \`config/harvest-bq.yaml\`, else \`harvest-bq.yaml\`,
seen from the working directory. Without any, \`HARVEST_ACCOUNT_ID\` and \`HARVEST_ACCESS_TOKEN\` are enough: all streams go
into \`harvest_<account_id>.duckdb\`.

**Which value.** A flag wins over the environment, the environment over the file, the file over the default. A variable that
is empty counts as not set. Lines \`NAME=value\` of a file \`.env\` in the working directory are read too, below the
environment.

**Variables in the file.** \`\${NAME}\` and \`\${NAME:-default}\` may stand in any value, and \`$\${\` is a literal \`\${\`. They are
filled in after the file is parsed, so what a variable holds cannot change its structure.

**Secrets.** A secret is referred to: \`\${NAME}\`, \`env://NAME\`, \`file:///path\`, or \`sm://project/name#version\` for Google
Secret Manager, where \`sm://name\` is the latest version in the project that the program runs in. One line break at its end
is cut off. In clear text it is refused, as a default too (but for the sandbox’s token), unless \`--allow-plain-secrets\` is given. A refresh token that Harvest replaces is
written back to Secret Manager as a new version, if it came from there and the account that runs this may add one
(\`roles/secretmanager.secretVersionAdder\`).

**Durations** are a whole number and \`s\`, \`m\`, \`h\` or \`d\`. **Sizes** are a whole number and \`B\`, \`kB\`, \`MB\`, \`GB\`, \`TB\`
(thousands) or \`KiB\`, \`MiB\`, \`GiB\`, \`TiB\` (1024s).

Mistakes are told all at once, each with its line, column and key. \`harvest-bq check --offline\` looks at the files alone.`;
