/** What a schema cannot say about a build config file. */

export interface BuildStep {
  readonly name: string;
  readonly id?: string;
  readonly args?: readonly string[];
  readonly entrypoint?: string;
  readonly waitFor?: readonly string[];
  readonly secretEnv?: readonly string[];
  readonly timeout?: string;
}

export interface BuildConfig {
  readonly steps: readonly BuildStep[];
  readonly images?: readonly string[];
  readonly substitutions?: Readonly<Record<string, string>>;
  readonly availableSecrets?: {
    readonly secretManager?: readonly { readonly versionName: string; readonly env: string }[];
    readonly inline?: readonly { readonly envMap: Readonly<Record<string, string>> }[];
  };
  readonly options?: {
    readonly secretEnv?: readonly string[];
    readonly substitutionOption?: string;
    readonly dynamicSubstitutions?: boolean;
    readonly logging?: string;
    readonly machineType?: string;
  };
  readonly timeout?: string;
}

/**
 * Names that Cloud Build fills in itself.
 * @see Cloud Build, substituting variable values: default substitutions (checked 2026-11-24)
 */
const BUILT_IN = new Set(
  'PROJECT_ID BUILD_ID PROJECT_NUMBER LOCATION TRIGGER_NAME COMMIT_SHA REVISION_ID SHORT_SHA REPO_NAME REPO_FULL_NAME BRANCH_NAME TAG_NAME REF_NAME TRIGGER_BUILD_CONFIG_PATH SERVICE_ACCOUNT_EMAIL SERVICE_ACCOUNT'.split(
    ' ',
  ),
);

/** Every mistake against the rules, as a sentence; none: the file is sound. */
export function mistakesIn(config: BuildConfig): readonly string[] {
  return [...orderMistakes(config), ...substitutionMistakes(config), ...secretMistakes(config)];
}

function orderMistakes({ steps }: BuildConfig): readonly string[] {
  const before = new Set<string>();
  return steps.flatMap(({ id, waitFor = [] }) => {
    const wrong = waitFor
      .filter((other) => other !== '-' && !before.has(other))
      .map((other) => `${id ?? 'a step'} waits for ${other}, which is no step before it`);
    const twice = id !== undefined && before.has(id) ? [`two steps are called ${id}`] : [];
    if (id !== undefined) before.add(id);
    return [...wrong, ...twice];
  });
}

function substitutionMistakes(config: BuildConfig): readonly string[] {
  const { substitutions = {}, ...rest } = config;
  const declared = new Set(Object.keys(substitutions));
  const texts = [...stringsIn(rest), ...Object.values(substitutions)];
  const used = new Set(texts.flatMap(namesIn));
  const isDynamic = config.options?.dynamicSubstitutions === true;
  return [
    ...[...used]
      .filter((name) => !BUILT_IN.has(name) && !declared.has(name))
      .map((name) => `$${name} is not declared`),
    ...[...declared].filter((name) => !used.has(name)).map((name) => `${name} is declared and not used`),
    ...[...declared].filter((name) => !name.startsWith('_')).map((name) => `${name} does not begin with _`),
    ...Object.entries(substitutions)
      .filter(([, value]) => !isDynamic && namesIn(value).length > 0)
      .map(([name]) => `${name} refers to others without dynamicSubstitutions`),
  ];
}

/** `$NAME` and `${NAME}`; `$$` is a dollar sign. */
function namesIn(text: string): readonly string[] {
  return [...text.replaceAll('$$', '').matchAll(/\$(?:\{([A-Z_][A-Z0-9_]*)\}|([A-Z_][A-Z0-9_]*))/g)].map(
    ([, braced, plain]) => braced ?? plain ?? '',
  );
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

function secretMistakes({ steps, options, availableSecrets }: BuildConfig): readonly string[] {
  const available = new Set([
    ...(availableSecrets?.secretManager ?? []).map(({ env }) => env),
    ...(availableSecrets?.inline ?? []).flatMap(({ envMap }) => Object.keys(envMap)),
  ]);
  const used = new Set([...steps.flatMap(({ secretEnv = [] }) => secretEnv), ...(options?.secretEnv ?? [])]);
  return [
    ...[...used].filter((name) => !available.has(name)).map((name) => `the secret ${name} is not available`),
    ...[...available].filter((name) => !used.has(name)).map((name) => `the secret ${name} is not used`),
  ];
}
