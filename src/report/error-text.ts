import { ERROR_TABLE, type ErrorCode } from '../error-codes.ts';
import { tame } from './tame.ts';

/** What an error screen needs; ConnectorError and Failure both have it. */
export interface Explained {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly stream?: string | undefined;
}

/** Program name in front of commands that a text suggests. */
const PROGRAM = 'harvest-bq';

/**
 * The lines of an error: code (and stream), what happened, why, what to do, where to read more.
 * Several lines of a message or hint stay several lines.
 */
export function errorLines(error: Explained): readonly string[] {
  const spec = ERROR_TABLE[error.code];
  const head = error.stream === undefined ? error.code : `${error.code}  ${error.stream}`;
  return [
    head,
    ...block('  ', error.message),
    // what may be wrong with a command line stands in the message already
    ...(spec.kind === 'usage' ? [] : block('  Why   ', spec.cause)),
    ...block('  Do    ', error.hint),
    `  More  ${PROGRAM} help errors ${error.code}`,
  ];
}

/** Where the documentation tells about a code, as JSON documents carry it. */
export function docsOf(code: ErrorCode): string {
  return `docs/errors.md#${code.toLowerCase()}`;
}

/** Lines under a label; those after the first are indented as far. */
function block(label: string, text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line, index) => `${index === 0 ? label : ' '.repeat(label.length)}${tame(line)}`.trimEnd());
}
