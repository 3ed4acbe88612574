/** `completion <shell>`: a script that completes commands, flags, choices and streams. It starts no program at Tab. */
import { ERROR_TABLE } from '../../error-codes.ts';
import type { Candidate, Completion, WordLists } from '../completion/contexts.ts';
import { SHELLS, type Shell } from '../completion/shells.ts';
import { openCatalog, type CliContext } from '../context.ts';
import { done, type Outcome } from '../outcome.ts';
import { buildProgram, HELP_TOPICS, type Invocation } from '../program.ts';

const RENDERERS: Readonly<Record<Shell, () => Promise<(completion: Completion) => string>>> = {
  bash: async () => (await import('../completion/bash.ts')).bashScript,
  zsh: async () => (await import('../completion/zsh.ts')).zshScript,
  fish: async () => (await import('../completion/fish.ts')).fishScript,
  powershell: async () => (await import('../completion/powershell.ts')).powerShellScript,
};

/** The script of a shell, on stdout. */
export async function runCompletion({ args }: Invocation, context: CliContext): Promise<Outcome> {
  const shell = SHELLS.find((name) => name === args[0]) ?? 'bash';
  const { completionOf } = await import('../completion/contexts.ts');
  const silent = (): undefined => undefined;
  const program = buildProgram(context.version, silent, { out: silent, error: silent });
  const render = await RENDERERS[shell]();
  const script = render(completionOf(program, context.version, await wordLists()));
  return { ...done({ shell, script }, script.trimEnd()), isExact: true };
}

async function wordLists(): Promise<WordLists> {
  const { STATE_ACTIONS } = await import('./state.ts');
  const streams = [...(await openCatalog()).streams.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const tags = [...new Set(streams.flatMap((stream) => stream.tags))].toSorted();
  const bare = (word: string): Candidate => ({ word, meaning: '' });
  return {
    streams: streams.map(({ name, description }) => ({ word: name, meaning: firstSentence(description) })),
    tags: tags.map((tag) => bare(`tag:${tag}`)),
    actions: STATE_ACTIONS.map(bare),
    topics: HELP_TOPICS.map(bare),
    codes: Object.entries(ERROR_TABLE).map(([word, { meaning }]) => ({ word, meaning })),
  };
}

function firstSentence(text: string): string {
  return text.split(/[.;] /)[0]?.replace(/\.$/, '') ?? text;
}
