import type { ConnectorError } from '../errors.ts';
import type { Emit } from '../events.ts';
import type { Environment } from './cloud-fields.ts';
import type { Level } from './event-text.ts';
import type { Paint } from './paint.ts';

/** Tells people and log collectors what goes on. Writes to one text sink, which is never stdout. */
export interface Reporter {
  readonly kind: 'plain' | 'json';
  readonly emit: Emit;
  /** A failure that ends the command and that no event has told. */
  failed(error: ConnectorError): void;
  /** Something worth saying that is no event. */
  note(text: string): void;
  /** Stops the heartbeat. */
  close(): void;
}

/** Takes a piece of text, newline included. */
export type Write = (text: string) => void;

export interface ReporterOptions {
  /** `plain` lines for people, or `json` lines for log collectors. */
  readonly kind: 'plain' | 'json';
  readonly level: Level;
  /** Whether progress is told at all; warnings and errors always are, as far as `level` lets them. */
  readonly progress: boolean;
  readonly write: Write;
  readonly paint: Paint;
  readonly runId: string | null;
  readonly version: string;
  /** Where JSON lines take the execution and the trace from; by default the variables of this process. */
  readonly env?: Environment;
}

/** What decides between the two kinds. */
export interface KindQuestion {
  readonly format: 'auto' | 'pretty' | 'json';
  readonly isTerminal: boolean;
  /** Whether the command is one that schedulers start, whose output log collectors read. */
  readonly isScheduled: boolean;
}

/** Plain lines on a terminal, JSON lines where a scheduled command has none; `--log-format` forces either. */
export function chooseKind(question: KindQuestion): ReporterOptions['kind'] {
  if (question.format !== 'auto') return question.format === 'json' ? 'json' : 'plain';
  return question.isTerminal || !question.isScheduled ? 'plain' : 'json';
}

/** Makes the reporter; the JSON one loads pino only then. */
export async function createReporter(options: ReporterOptions): Promise<Reporter> {
  if (options.kind === 'json') {
    const { createJsonReporter } = await import('./json-lines.ts');
    return createJsonReporter(options, options.env ?? process.env);
  }
  const { createPlainReporter } = await import('./plain.ts');
  return createPlainReporter(options);
}
