/**
 * Carries out the steps of a Dockerfile without Docker: each stage gets an empty folder as its root, COPY copies into it
 * under the rules of .dockerignore, RUN runs there with this machine's npm and this Node.js. What is proved is what the
 * steps make of the sources; the base image is not.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Instruction, IsSent, Stage } from './dockerfile.ts';

/** What the last stage became. */
export interface Image {
  /** The folder that stands for `/`. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | null;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

interface Build {
  readonly folder: string;
  readonly context: string;
  readonly isSent: IsSent;
}

type Draft = { -readonly [Key in keyof Image]: Image[Key] };

/** Replays all stages; `folder` has to be empty, `context` is what `docker build` would be given. */
export async function replay(stages: readonly Stage[], build: Build): Promise<Image> {
  const roots = new Map<string, string>();
  let image: Draft | null = null;
  for (const [index, stage] of stages.entries()) {
    const root = join(build.folder, String(index));
    await mkdir(join(root, 'home/node'), { recursive: true });
    roots.set(stage.name ?? String(index), root);
    image = { root, workdir: '/', env: {}, user: null, entrypoint: [], cmd: [] };
    for (const instruction of stage.instructions) await step(instruction, image, build, roots);
  }
  if (image === null) throw new Error('no stage');
  return image;
}

async function step(
  instruction: Instruction,
  image: Draft,
  build: Build,
  roots: ReadonlyMap<string, string>,
): Promise<void> {
  switch (instruction.kind) {
    case 'copy':
      return copy(instruction, image, build, roots);
    case 'run':
      return run(instruction.command, image);
    case 'workdir':
      image.workdir = resolve(image.workdir, instruction.path);
      await mkdir(join(image.root, image.workdir), { recursive: true });
      return;
    case 'env':
      image.env = { ...image.env, ...instruction.pairs };
      return;
    case 'user':
      image.user = instruction.name;
      return;
    case 'entrypoint':
    case 'cmd':
      if (instruction.words === null) throw new Error(`${instruction.kind} in shell form`);
      image[instruction.kind] = instruction.words;
      return;
    case 'arg':
    case 'label':
      return;
  }
}

async function copy(
  { from, sources, target }: Extract<Instruction, { kind: 'copy' }>,
  image: Draft,
  build: Build,
  roots: ReadonlyMap<string, string>,
): Promise<void> {
  const base = from === null ? build.context : roots.get(from);
  if (base === undefined) throw new Error(`COPY from a stage that is not there: ${from}`);
  const place = join(image.root, resolve(image.workdir, target));
  for (const source of sources) {
    const path = join(base, source);
    const filter = (file: string): boolean => from !== null || build.isSent(relative(build.context, file));
    if (!filter(path)) throw new Error(`COPY of what .dockerignore keeps back: ${source}`);
    const isFolder = (await stat(path)).isDirectory();
    // a folder's content goes into the target; a file goes below a target that ends in a slash
    const isInto = target.endsWith('/') || sources.length > 1;
    await cp(path, isFolder || !isInto ? place : join(place, basename(source)), {
      recursive: true,
      filter,
      verbatimSymlinks: true,
    });
  }
}

/** Runs a command where RUN would, with this Node.js first on the path and none of this project's programs. */
async function run(command: string, image: Draft): Promise<void> {
  const absolute = command.split(/\s+/).find((word) => isAbsolute(word));
  if (absolute !== undefined) throw new Error(`RUN with an absolute path cannot be replayed: ${absolute}`);
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((place) => !place.includes('node_modules'));
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: join(image.root, image.workdir),
    env: {
      ...image.env,
      PATH: [dirname(process.execPath), ...path].join(delimiter),
      ...inherited(),
      // a package that was fetched before is taken from npm's own cache, with or without a network
      npm_config_prefer_offline: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise((ending) => {
    child.on('close', ending);
  });
  if (code !== 0) throw new Error(`RUN ${command} ended with ${String(code)}:\n${said}`);
}

/** What leads npm to its packages on this machine; nothing that names this project, which npm sets for its scripts. */
function inherited(): Readonly<Record<string, string>> {
  const names =
    /^(HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|(https?|no|all)_proxy|npm_config_(registry|cache|cafile|userconfig))$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      names.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** Every file below a folder, with a leading slash. */
export async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `/${relative(root, join(entry.parentPath, entry.name))}`)
    .toSorted();
}
