/** Reads a Dockerfile, as far as ours goes: what it cannot read is an error, so that nothing is skipped silently. */

/** One instruction of a stage. */
export type Instruction =
  | {
      readonly kind: 'copy';
      readonly from: string | null;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'env' | 'label'; readonly pairs: Readonly<Record<string, string>> }
  | { readonly kind: 'arg'; readonly name: string; readonly value: string | null }
  | { readonly kind: 'user'; readonly name: string }
  /** `words` is null for the shell form. */
  | { readonly kind: 'entrypoint' | 'cmd'; readonly words: readonly string[] | null };

/** From one FROM to the next. */
export interface Stage {
  readonly image: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** The stages in their order; the last one becomes the image. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { image: string; name: string | null; instructions: Instruction[] }[] = [];
  for (const line of logicalLines(text)) {
    const [, word = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(line) ?? [];
    if (word === 'FROM') {
      const [, image = '', name] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? [];
      stages.push({ image, name: name ?? null, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`before the first FROM: ${line}`);
    stage.instructions.push(parseInstruction(word, rest));
  }
  return stages;
}

/** Lines without comments, those that end in a backslash joined with the next. */
function logicalLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parseInstruction(word: string, rest: string): Instruction {
  switch (word) {
    case 'COPY':
      return parseCopy(rest);
    case 'RUN':
      return { kind: 'run', command: rest };
    case 'WORKDIR':
      return { kind: 'workdir', path: rest };
    case 'ENV':
    case 'LABEL':
      return { kind: word === 'ENV' ? 'env' : 'label', pairs: parsePairs(rest) };
    case 'ARG': {
      const [name = '', value] = rest.split('=');
      return { kind: 'arg', name, value: value ?? null };
    }
    case 'USER':
      return { kind: 'user', name: rest };
    case 'ENTRYPOINT':
    case 'CMD':
      return { kind: word === 'CMD' ? 'cmd' : 'entrypoint', words: parseWords(rest) };
    default:
      throw new Error(`not known here: ${word} ${rest}`);
  }
}

function parseCopy(rest: string): Instruction {
  const words = rest.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--'));
  const unknown = flags.filter((flag) => !flag.startsWith('--from='));
  if (unknown.length > 0) throw new Error(`not known here: COPY ${unknown.join(' ')}`);
  const paths = words.filter((word) => !word.startsWith('--'));
  return {
    kind: 'copy',
    from: flags[0]?.slice('--from='.length) ?? null,
    sources: paths.slice(0, -1),
    target: paths.at(-1) ?? '',
  };
}

function parsePairs(rest: string): Readonly<Record<string, string>> {
  const pairs = [...rest.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)];
  return Object.fromEntries(pairs.map(([, name, quoted, plain]) => [name, quoted ?? plain ?? '']));
}

function parseWords(rest: string): readonly string[] | null {
  return rest.startsWith('[') ? (JSON.parse(rest) as string[]) : null;
}

/** Tells of a path below the build's folder whether it is sent to the builder. */
export type IsSent = (path: string) => boolean;

/**
 * Reads a .dockerignore: of the patterns that match a path or a folder above it, the last decides.
 * `!` lets in again, `**` stands for any folders, `*` and `?` do not cross a slash.
 */
export function parseDockerignore(text: string): IsSent {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const isException = line.startsWith('!');
      const pattern = (isException ? line.slice(1) : line).replaceAll(/^\/|\/$/g, '');
      return { isException, matches: matcherOf(pattern) };
    });
  return (path) => {
    const parts = path.split('/');
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    let isSent = true;
    for (const { isException, matches } of rules) {
      if (prefixes.some((prefix) => matches.test(prefix))) isSent = isException;
    }
    return isSent;
  };
}

function matcherOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*\*\/|\*\*|\*|\?/g, (sign) => {
      if (sign === '**/') return '(?:.*/)?';
      if (sign === '**') return '.*';
      return sign === '*' ? '[^/]*' : '[^/]';
    });
  return new RegExp(`^${source}$`);
}
