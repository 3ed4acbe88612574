import type { ConnectorError } from '../errors.ts';
import type { Emit } from '../events.ts';
import type { Environment } from './cloud-fields.ts';
import type { Level } from './event-text.ts';
import type { Terminal } from './live/block.ts';
import type { Paint } from './paint.ts';

/** Tells people and log collectors what goes on. Writes to one text sink, which is never stdout. */
export interface Reporter {
  readonly kind: ReporterKind;
  readonly emit: Emit;
  /** A failure that ends the command and that no event has told. */
  failed(error: ConnectorError): void;
  /** Something worth saying that is no event. */
  note(text: string): void;
  /** Gives the terminal to somebody else, such as a question; what it returns takes it back. Absent: it never holds it. */
  readonly suspend?: () => () => void;
  /** Stops the heartbeat, or gives the terminal back. */
  close(): void;
}

/** `plain` lines or a `live` view for people, `json` lines for log collectors. */
export type ReporterKind = 'plain' | 'live' | 'json';

/** Takes a piece of text, newline included. */
export type Write = (text: string) => void;

export interface ReporterOptions {
  readonly kind: ReporterKind;
  readonly level: Level;
  /** Whether progress is told at all; warnings and errors always are, as far as `level` lets them. */
  readonly progress: boolean;
  readonly write: Write;
  readonly paint: Paint;
  readonly runId: string | null;
  readonly version: string;
  /** Where JSON lines take the execution and the trace from, and the live view the locale; by default of this process. */
  readonly env?: Environment;
  /** Where a live view is drawn; without one there are plain lines. */
  readonly terminal?: Terminal;
}

/** What decides between the kinds. */
export interface KindQuestion {
  readonly format: 'auto' | 'pretty' | 'json';
  readonly progress: 'auto' | 'live' | 'plain' | 'none';
  readonly isTerminal: boolean;
  /** Whether the terminal can be drawn on, and nobody else writes to it meanwhile. */
  readonly isDrawable: boolean;
  /** Whether a log collector reads along, as on Cloud Run. */
  readonly isCollected: boolean;
}

/**
 * A live view on a terminal, JSON lines on Cloud Run, plain lines elsewhere. `--log-format` and `--progress`
 * force either, but for a live view where there is no terminal.
 */
export function chooseKind(question: KindQuestion): ReporterKind {
  const { format, progress, isTerminal, isDrawable, isCollected } = question;
  if (format === 'json') return 'json';
  if (isTerminal) {
    const isLive = progress === 'live' || (progress === 'auto' && isDrawable);
    return isLive ? 'live' : 'plain';
  }
  return format === 'auto' && isCollected ? 'json' : 'plain';
}

/** Makes the reporter, and loads only what that one needs. */
export async function createReporter(options: ReporterOptions): Promise<Reporter> {
  if (options.kind === 'json') {
    const { createJsonReporter } = await import('./json-lines.ts');
    return createJsonReporter(options, options.env ?? process.env);
  }
  if (options.kind === 'live' && options.terminal !== undefined) {
    const { createLiveReporter } = await import('./live/live.ts');
    const { charsetOf } = await import('./live/charset.ts');
    const { terminal, env = process.env } = options;
    return createLiveReporter({ ...options, terminal, charset: charsetOf(env) });
  }
  const { createPlainReporter } = await import('./plain.ts');
  return createPlainReporter(options);
}
