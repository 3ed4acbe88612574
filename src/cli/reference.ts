/** docs/cli.md and docs/errors.md, made from what the program works with; a test compares them. */
import { ERROR_TABLE, type ErrorCode } from '../error-codes.ts';
import { EXIT_CODES, RETRIES, type ErrorSpec } from '../error-kinds.ts';
import { EXIT_MEANINGS } from './help-topics.ts';
import { helpOf } from './parse.ts';
import { buildProgram } from './program.ts';

const GENERATED = '<!-- Generated from the program. Rewrite with: UPDATE_GOLDEN=1 npm test -->';

/** Every command with its help, and the exit codes. */
export function cliReference(version: string): string {
  const ignore = (): undefined => undefined;
  const names = buildProgram(version, ignore, { out: ignore, error: ignore }).commands.map((command) =>
    command.name(),
  );
  const sections = [null, ...names].map((name) => {
    const title = name === null ? '## harvest-bq' : `## harvest-bq ${name}`;
    return [title, '', '```text', (helpOf(name, version) ?? '').trimEnd(), '```'].join('\n');
  });
  return [
    '# Command line',
    '',
    GENERATED,
    '',
    'Every command with its flags, as `--help` shows it. Results go to stdout, everything else to stderr. `-o json` gives exactly one JSON document, also on failure; `-o jsonl` gives the events of a run; [JSON](json.md) says what they are made of. Nothing asks a question, and nothing is coloured in a pipe.',
    '',
    ...sections.flatMap((section) => [section, '']),
    '## Exit codes',
    '',
    ...EXIT_MEANINGS.map(
      ({ code, meaning, scheduler }) => `- \`${code}\`: ${meaning}. A scheduler: ${scheduler}.`,
    ),
    '',
    'If all streams fail for one cause, the exit code is that of the cause and not 5.',
    '',
  ].join('\n');
}

/** Every error code with its cause and next step. */
export function errorReference(): string {
  const entries = Object.entries(ERROR_TABLE) as [ErrorCode, ErrorSpec][];
  const sections = entries.flatMap(([code, { kind, meaning, cause, hint }]) => [
    `## ${code}`,
    '',
    meaning,
    '',
    `- Why: ${markdown(cause)}`,
    `- Do: ${markdown(hint)}`,
    `- Exit code: ${kind === 'interrupted' ? '130 or 143' : EXIT_CODES[kind]} (${kind}): ${RETRIES[kind]}`,
    '',
  ]);
  return [
    '# Errors',
    '',
    GENERATED,
    '',
    'Every failure has one code, one cause, one next step and one exit code. `harvest-bq help errors CODE` shows the same in a terminal.',
    '',
    ...sections,
  ].join('\n');
}

/** Characters that Markdown would take for its own. */
function markdown(text: string): string {
  return text.replaceAll(/[<>*_]/g, String.raw`\$&`);
}
