import { docsOf, type Explained } from '../report/error-text.ts';
import type { ErrorKind } from '../error-kinds.ts';

/** Version of the envelope; grows when something in it changes its meaning. */
const SCHEMA_VERSION = 1;

/** A failure as documents carry it. */
export interface FailureFacts extends Explained {
  readonly kind: ErrorKind;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What a command leaves behind. */
export interface Answer {
  /** null where the line could not be understood far enough. */
  readonly command: string | null;
  readonly version: string;
  readonly exitCode: number;
  readonly data: unknown;
  readonly warnings: readonly string[];
  readonly failure: FailureFacts | null;
}

/** The JSON document that every command ends with under `-o json`; one line under `-o jsonl`. */
export function envelopeText(answer: Answer, output: 'json' | 'jsonl'): string {
  const document = {
    schema_version: SCHEMA_VERSION,
    command: answer.command,
    version: answer.version,
    ok: answer.exitCode === 0,
    exit_code: answer.exitCode,
    data: answer.data ?? null,
    warnings: answer.warnings,
    ...(answer.failure === null ? {} : { error: errorDocument(answer.failure) }),
  };
  return `${JSON.stringify(document, null, output === 'json' ? 2 : undefined)}\n`;
}

function errorDocument(failure: FailureFacts): Readonly<Record<string, unknown>> {
  const { code, kind, message, hint } = failure;
  const stream = failure.stream ?? null;
  return { code, kind, message, hint, stream, details: failure.details ?? {}, docs: docsOf(code) };
}
