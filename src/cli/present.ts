import type { ConnectorError } from '../errors.ts';
import { errorLines } from '../report/error-text.ts';
import { paintError } from '../report/plain.ts';
import type { Session } from './context.ts';
import { envelopeText } from './envelope.ts';
import { factsOf, type Outcome } from './outcome.ts';
import type { Screen } from './screen.ts';

/** Where and how the result of this process is shown. */
export interface Presentation {
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly session: Session;
  readonly version: string;
  readonly output: 'text' | 'json' | 'jsonl';
}

/** Shows a result: for people on stdout with remarks on stderr, or as one JSON document. Gives the exit code. */
export function present(outcome: Outcome, view: Presentation): number {
  const { exitCode, data, text, warnings = [], failure, closing } = outcome;
  const { version, session } = view;
  const { command } = session;
  session.isPresented = true;
  if (view.output === 'text') {
    const write = outcome.isExact === true ? view.stdout.writeExactly : view.stdout.write;
    write(text === '' ? '' : `${text}\n`);
    for (const warning of warnings) view.stderr.write(`${view.stderr.paint('yellow', '!')} ${warning}\n`);
  } else if (outcome.isStreamed !== true) {
    const answer = { command, version, exitCode, data, warnings, failure: failure ?? null };
    view.stdout.writeExactly(envelopeText(answer, view.output));
  }
  if (closing !== undefined && closing !== '') view.stderr.write(`${closing}\n`);
  return exitCode;
}

/**
 * Shows a failure: for people (or the log) on stderr, and for machines as the document, unless one has been shown or the
 * events on stdout tell of it already. Gives the exit code.
 */
export function presentError(error: ConnectorError, view: Presentation): number {
  if (view.session.reporter === null) {
    const lines = paintError(errorLines(error), view.stderr.paint);
    view.stderr.write(`${lines.join('\n')}\n`);
  } else {
    view.session.reporter.failed(error);
  }
  const { session, version, output } = view;
  const isTold = session.isPresented || (output === 'jsonl' && session.guard?.hasStarted() === true);
  session.isPresented = true;
  if (output !== 'text' && !isTold) {
    const answer = { command: session.command, version, exitCode: error.exitCode, data: null };
    view.stdout.writeExactly(envelopeText({ ...answer, warnings: [], failure: factsOf(error) }, output));
  }
  return error.exitCode;
}
