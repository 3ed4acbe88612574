import type { Difference, Verification } from '../verification.ts';
import { formatCount, plural } from './quantity.ts';
import { renderTable, type TextColumn } from './table.ts';

/** How a comparison is drawn. */
export interface VerificationOptions {
  /** Characters per line; Infinity where nobody cuts. */
  readonly width: number;
  /** Whether everything that was found gets a line. */
  readonly isVerbose: boolean;
}

/** Differences that get a line where not all are asked for. */
const FEW = 20;

const COLUMNS: readonly TextColumn[] = [
  { title: 'table' },
  { title: 'what' },
  { title: 'month' },
  { title: 'of' },
  { title: 'column' },
  { title: 'warehouse', align: 'right' },
  { title: 'Harvest', align: 'right' },
];

/** The result of a comparison with Harvest as a screen: what differs, what does not count, what was left out. */
export function verificationText(verification: Verification, options: VerificationOptions): string {
  const { found, differences, changed, lagging, left_out: leftOut } = verification;
  const counting = found.filter(({ cause }) => cause === 'differs');
  const told = options.isVerbose ? found : counting.slice(0, FEW);
  const total = differences + (options.isVerbose ? changed + lagging : 0);
  const table = told.length === 0 ? [] : renderTable(COLUMNS, told.map(toCells), options.width);
  const rest =
    total > told.length
      ? [`  … ${formatCount(total - told.length)} more${options.isVerbose ? '' : ' (--verbose)'}`]
      : [];
  const gap = table.length + rest.length > 0 ? [''] : [];
  return [
    ...table,
    ...rest,
    ...gap,
    headline(verification),
    ...notes(verification),
    ...leftOut.map(toLine),
  ].join('\n');
}

function headline({ outcome, differences, compared, form }: Verification): string {
  if (outcome === 'nothing') return 'nothing was compared';
  const what = plural(compared, form === 'full' ? 'cell' : 'number');
  return outcome === 'equal'
    ? `equal to Harvest · ${what} compared`
    : `${plural(differences, 'difference')} from Harvest · ${what} compared`;
}

/** What was put right, and what differs and does not count. */
function notes({ changed, lagging, repaired = [] }: Verification): readonly string[] {
  return [
    ...(repaired.length === 0 ? [] : [`repaired: ${repaired.join(', ')}`]),
    ...(changed === 0
      ? []
      : [
          `not counted: ${formatCount(changed)} that Harvest changed after the last sync; the next one brings them`,
        ]),
    ...(lagging === 0
      ? []
      : [
          `not counted: ${formatCount(lagging)} that Harvest changes without telling; as of the record's last delivery`,
        ]),
  ];
}

function toLine({ table, reason }: Verification['left_out'][number]): string {
  return `not compared: ${table}: ${reason}`;
}

const WHAT: Readonly<Record<Difference['kind'], string>> = {
  count: 'rows',
  sum: 'sum',
  report: 'report',
  balance: 'balance',
  duplicate: 'key twice',
  orphan: 'no such row',
  missing: 'missing',
  extra: 'not in Harvest',
  cell: 'cell',
  history: 'history',
};

const CAUSES: Readonly<Record<Difference['cause'], string>> = {
  differs: '',
  changed: ' (changed)',
  lag: ' (lags)',
};

function toCells({
  kind,
  cause,
  table,
  month,
  group,
  key,
  column,
  ours,
  harvest,
}: Difference): readonly string[] {
  const of = group ?? (key === null ? '' : key);
  return [table, `${WHAT[kind]}${CAUSES[cause]}`, month ?? '', of, column ?? '', ours ?? '–', harvest ?? '–'];
}
