/** How questions are put to a person. What decides which questions there are sees only this. */
import { ConnectorError } from '../../errors.ts';
import type { Given } from './answers.ts';
import type { World } from './world.ts';

/** A choice with a word for the program and words for people. */
export interface Option<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** What it means, shown beside it. */
  readonly hint?: string;
}

/** A question that is answered with a line. */
export interface TextQuestion {
  readonly message: string;
  /** What stands there to begin with. */
  readonly initial?: string;
  /** Shown where nothing stands. */
  readonly placeholder?: string;
  /** What is wrong with an answer, in words; null: nothing. */
  readonly problem: (answer: string) => string | null;
}

/** A question with one answer out of some. */
export interface Choice<Value extends string> {
  readonly message: string;
  readonly options: readonly Option<Value>[];
  readonly initial?: Value;
}

/**
 * Somebody who answers. Every question throws ConnectorError RUN_INTERRUPTED where they leave (Ctrl-C, Esc, or a
 * signal).
 */
export interface Asker {
  /** Says what was found out. */
  say(text: string): void;
  /** Says what needs attention. */
  warn(text: string): void;
  text(question: TextQuestion): Promise<string>;
  /** Asks without showing what is typed. */
  hidden(question: Pick<TextQuestion, 'message' | 'problem'>): Promise<string>;
  choose<Value extends string>(question: Choice<Value>): Promise<Value>;
  /** At least one. */
  chooseMany(question: {
    readonly message: string;
    readonly options: readonly Option<string>[];
    readonly initial: readonly string[];
  }): Promise<readonly string[]>;
  confirm(message: string): Promise<boolean>;
}

/** What every question is put with; nobody to ask: null. */
export interface Asking {
  readonly given: Given;
  readonly world: World;
  readonly ask: Asker | null;
}

/** Whoever leaves has changed nothing. */
export function interrupted(): ConnectorError {
  return new ConnectorError('RUN_INTERRUPTED', 'Stopped before the configuration was written.', {
    hint: 'Begin again with: harvest-bq init',
    details: { exit_code: 130 },
  });
}
