/** The commands that texts suggest, as they can be typed here. Pure. */
import type { CliContext } from './context.ts';

/** How this process was called. */
export interface Calling {
  /** What is typed for the program. */
  readonly program: string;
  /** The file that `-c` named, so that the next command works on the same one; null: none did. */
  readonly config: string | null;
}

/** Commands that read a configuration, with the action of `state`. */
const WITH_CONFIG = 'backfill|check|destroy|discover|erase|plan|report|status|state(?: [a-z]+)?|sync|verify';
const WITHOUT = 'completion|demo|help|init|sandbox|--help';

/** A command in a text; the owner of a lock, `harvest-bq sync (acme)`, is none. What follows on its line may name a file itself. */
const COMMAND = new RegExp(
  `(?<![\\w./-]|npx )harvest-bq (${WITH_CONFIG}|${WITHOUT})(?![\\w-])(?! \\()(?![^\\n]*? -c )`,
  'g',
);
const READS_CONFIG = new RegExp(`^(?:${WITH_CONFIG})$`);

/** How the program is called here: from a checkout it is not on the path, and npm puts it there. */
export function programName({ env }: Pick<CliContext, 'env'>): string {
  return env['npm_execpath'] === undefined ? 'harvest-bq' : 'npx harvest-bq';
}

/** A text for people with each of its commands as it can be typed. */
export function asTyped(text: string, { program, config }: Calling): string {
  if (program === 'harvest-bq' && config === null) return text;
  const file = config === null ? '' : ` -c ${quoted(config)}`;
  return text.replaceAll(
    COMMAND,
    (_all, command: string) => `${program} ${command}${READS_CONFIG.test(command) ? file : ''}`,
  );
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
