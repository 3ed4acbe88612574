/** `report [run]`: how a run went, on the screen, as data, or as one HTML file to mail. */
import { join, resolve } from 'node:path';
import { assertChoice } from '../../catalog/check-choice.ts';
import { ConnectorError } from '../../errors.ts';
import type { Config } from '../../config/config.ts';
import type { Emit } from '../../events.ts';
import type { ReportFacts } from '../../report/html/facts.ts';
import { formatBytes } from '../../report/quantity.ts';
import { reportText } from '../../report/report-text.ts';
import { openCatalog, openConfig, openReporter, type CliContext } from '../context.ts';
import { runIdFlag, textOf, type FlagValues } from '../flags.ts';
import { openFile } from '../open-file.ts';
import { done, type Outcome } from '../outcome.ts';
import { writeOutput, writeOwn } from '../output-file.ts';
import type { Invocation } from '../program.ts';
import { readFacts } from '../report/read-facts.ts';
import { shownPath } from '../shown-path.ts';
import { placeOf } from '../warehouse-door.ts';

/** Where a report goes that is only to be looked at. */
const FOLDER = '.harvest-bq';

/** Reads the history of a run, and writes a file where that is asked for. Nothing else is written. */
export async function runReport({ args, flags }: Invocation, context: CliContext): Promise<Outcome> {
  const runId = runIdIn(args[0] ?? null);
  const config = await openConfig(context);
  const catalog = await openCatalog();
  assertChoice(config, catalog);
  const { version, stdout } = context;
  const facts = await readReport(config, context, (warehouse) =>
    readFacts(warehouse, { runId, config, catalog, version, now: context.now() }),
  );
  const path = pathIn(flags, facts, context);
  if (path === null) {
    const words = ['harvest-bq report', ...(runId === null ? [] : [runId]), '--html report.html'];
    return done({ ...facts, file: null }, `${reportText(facts)}\n\nAs a file   ${words.join(' ')}`);
  }
  const { isReportPage, reportPage } = await import('../../report/html/page.ts');
  const page = reportPage(facts);
  if (path === '-') return { ...done({ ...facts, file: null }, page.trimEnd()), isExact: true };
  if (textOf(flags, 'html') === null) await writeOwn(path, page, context.cwd);
  else await writeOutput({ path, text: page, isOurs: isReportPage }, config, context);
  const problem = flags['open'] === true ? await openFile(path, context.env) : null;
  const shown = stdout.paint('green', '✓');
  return done(
    { ...facts, file: path },
    `${shown} ${shownPath(path, context.cwd)} · ${formatBytes(Buffer.byteLength(page))}`,
    problem === null ? [] : [`The file could not be shown: ${problem}. Open it in a browser.`],
  );
}

async function readReport(
  config: Config,
  context: CliContext,
  read: (warehouse: Parameters<typeof readFacts>[0]) => Promise<ReportFacts>,
): Promise<ReportFacts> {
  const { cwd, signal } = context;
  const hasJobs = config.destination.type === 'bigquery';
  const emit: Emit = hasJobs ? (await openReporter(context, null)).emit : () => undefined;
  await using warehouse = await placeOf(config, { cwd, signal, emit }).openToRead();
  return await read(warehouse);
}

/** @throws ConnectorError USAGE_INVALID */
function runIdIn(word: string | null): string | null {
  try {
    return word === null ? null : runIdFlag(word);
  } catch (cause) {
    throw new ConnectorError('USAGE_INVALID', `${word} cannot be the id of a run`, {
      hint: 'List the runs with: harvest-bq status --runs 30',
      details: { command: 'report' },
      cause,
    });
  }
}

/** The file that is written; `-`: the page goes to stdout; null: none. @throws ConnectorError USAGE_INVALID */
function pathIn(flags: FlagValues, { run }: ReportFacts, { cwd, globals }: CliContext): string | null {
  const wanted = textOf(flags, 'html');
  const isOpened = flags['open'] === true;
  if (wanted === '-' && isOpened) {
    throw new ConnectorError('USAGE_INVALID', '--open needs a file, and --html - writes none', {
      hint: 'Leave out --html, or name a file: harvest-bq report --html report.html --open',
      details: { command: 'report' },
    });
  }
  if (wanted === '-' && globals.output !== 'text') {
    throw new ConnectorError('USAGE_INVALID', `--html - and -o ${globals.output} both want stdout`, {
      hint: `Name a file: harvest-bq report --html report.html -o ${globals.output}`,
      details: { command: 'report' },
    });
  }
  if (wanted === '-') return wanted;
  if (wanted !== null) return resolve(cwd, wanted);
  return isOpened ? join(cwd, FOLDER, `report-${run?.run_id ?? 'none'}.html`) : null;
}
