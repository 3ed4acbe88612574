/**
 * What may stand where on a command line, for the scripts that complete it. Pure: made from the tree of commands, so
 * that a new command or flag completes without another word. A place is named by a text:
 *
 *     commands                 the first word
 *     flags sync               a word that begins with a dash
 *     word sync 1              the first argument of a command; 2 stands for all that follow
 *     value sync --exclude     what comes after a flag that takes a value; `*` where any command may have it
 */
import type { Command, Option } from 'commander';

/** A word, and what it means in a line. */
export interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** What is offered at some places. */
export interface Context {
  /** Texts of the places; `*` stands for anything. */
  readonly places: readonly string[];
  /** `list`: several between commas. `files`: what is on the disk. */
  readonly kind: 'words' | 'list' | 'files';
  readonly candidates: readonly Candidate[];
}

/** Words that are no part of the tree, by what they stand for. */
export interface WordLists {
  readonly streams: readonly Candidate[];
  /** `tag:billing` */
  readonly tags: readonly Candidate[];
  readonly actions: readonly Candidate[];
  readonly topics: readonly Candidate[];
  readonly codes: readonly Candidate[];
}

/** Everything that a script is rendered from. */
export interface Completion {
  readonly program: string;
  readonly version: string;
  readonly contexts: readonly Context[];
  /** Flags that are followed by a value, in both forms: `-o`, `--output`. */
  readonly valueFlags: readonly string[];
}

/** Arguments are told apart up to this one; later ones are like it. */
export const LAST_POSITION = 2;

/** Values of flags that are a file, by what the help calls them. */
const FILES = /<(?:path|file)>/;

/** Commander's own, which stand in no list of options. */
const HELP: readonly Candidate[] = [
  { word: '--help', meaning: 'show help' },
  { word: '-h', meaning: 'show help' },
];

/** What may stand where. */
export function completionOf(program: Command, version: string, lists: WordLists): Completion {
  const globals = program.options.filter(({ hidden }) => !hidden);
  const commands = program.commands.toSorted((a, b) => (a.name() < b.name() ? -1 : 1));
  const names = commands.map((command) => ({ word: command.name(), meaning: command.description() }));
  const contexts = [
    offer('commands', names),
    offer('flags ', [...globals.flatMap(forms), ...HELP]),
    ...globals.flatMap((flag) => valuesOf(flag, '*', lists)),
    ...commands.flatMap((command) => {
      const own = command.options.filter(({ hidden }) => !hidden);
      return [
        offer(`flags ${command.name()}`, [...[...own, ...globals].flatMap(forms), ...HELP]),
        ...own.flatMap((flag) => valuesOf(flag, command.name(), lists)),
        ...argumentsOf(command, lists, names),
      ];
    }),
  ];
  const all = [program, ...commands].flatMap(({ options }) => options).filter(takesValue);
  const valueFlags = all.flatMap((flag) => forms(flag).map(({ word }) => word));
  return {
    program: program.name(),
    version,
    contexts: merged(contexts.filter(({ kind, candidates }) => kind === 'files' || candidates.length > 0)),
    valueFlags: [...new Set(valueFlags)].toSorted(),
  };
}

function argumentsOf(command: Command, lists: WordLists, names: readonly Candidate[]): readonly Context[] {
  return command.registeredArguments.flatMap((argument, index) => {
    const first = `word ${command.name()} ${index + 1}`;
    const rest = argument.variadic ? [`word ${command.name()} ${LAST_POSITION}`] : [];
    const choices = (argument.argChoices ?? []).map((word) => ({ word, meaning: '' }));
    switch (argument.name()) {
      case 'streams':
        return [first, ...rest].map((place) => offer(place, [...lists.streams, ...lists.tags]));
      case 'stream':
        return [offer(first, lists.streams)];
      case 'action':
        return [offer(first, lists.actions), ...rest.map((place) => offer(place, lists.streams))];
      case 'topic':
        return [offer(first, [...lists.topics, ...names])];
      case 'code':
        return [offer(first, lists.codes)];
      default:
        return [offer(first, choices)];
    }
  });
}

/** What may follow a flag; nothing where only the person knows. */
function valuesOf(flag: Option, command: string, lists: WordLists): readonly Context[] {
  const places = forms(flag).map(({ word }) => `value ${command} ${word}`);
  if (FILES.test(flag.flags)) return [{ places, kind: 'files', candidates: [] }];
  if (flag.flags.includes('<streams>'))
    return [{ places, kind: 'list', candidates: [...lists.streams, ...lists.tags] }];
  const candidates = (flag.argChoices ?? []).map((word) => ({ word, meaning: '' }));
  return [{ places, kind: 'words', candidates }];
}

/** `-o` and `--output`, each with what the help says. */
function forms({ long, short, description }: Option): readonly Candidate[] {
  return [long, short].flatMap((word) =>
    word === undefined || word === null ? [] : [{ word, meaning: description }],
  );
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function offer(place: string, candidates: readonly Candidate[]): Context {
  return { places: [place], kind: 'words', candidates };
}

/** Places that offer the same stand together, which keeps a script short. */
function merged(contexts: readonly Context[]): readonly Context[] {
  const groups = Map.groupBy(contexts, ({ kind, candidates }) => JSON.stringify([kind, candidates]));
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, places: [first, ...others].flatMap(({ places }) => places) }],
  );
}
