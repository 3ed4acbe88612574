import type { ConnectorError } from '../errors.ts';
import type { FailureFacts } from './envelope.ts';

/** What a command hands back: its result in both forms, and how it ended. */
export interface Outcome {
  readonly exitCode: number;
  /** The result for machines, JSON-safe. */
  readonly data: unknown;
  /** The result for people, without a closing line break. */
  readonly text: string;
  readonly warnings?: readonly string[];
  /** Why the exit code is not 0. */
  readonly failure?: FailureFacts;
  /** Said on stderr after the result, for people: failures repeated, the exit code in words. */
  readonly closing?: string;
  /** Whether the text is for another program, and is written as it is. */
  readonly isExact?: boolean;
  /** Whether the events have gone to stdout, so that no document follows. */
  readonly isStreamed?: boolean;
  /** Work that goes on after the result was shown; gives the exit code. */
  readonly serve?: () => Promise<number>;
}

/** A result without a fault. */
export function done(data: unknown, text: string, warnings: readonly string[] = []): Outcome {
  return { exitCode: 0, data, text, warnings };
}

/** An error as documents carry it. */
export function factsOf(error: ConnectorError): FailureFacts {
  const { code, kind, message, hint, stream, details } = error;
  return { code, kind, message, hint, stream, details };
}
