/** What was found, as people read it. Pure. */
import { renderTable } from '../../../src/report/table.ts';
import type { Line, PartResult, Verdict } from './result.ts';

const WORDS: Readonly<Record<Verdict, string>> = {
  met: '✓ met',
  missed: '✗ missed',
  skipped: '– skipped',
  noted: '',
};

/** A part as a table on a screen. */
export function screenOf({ title, lines, seconds }: PartResult): string {
  const columns = [
    { title: 'what' },
    { title: 'figure', align: 'right' },
    { title: 'goal', align: 'right' },
    { title: 'verdict' },
  ] as const;
  const rows = lines.map(cellsOf);
  return [`${title} (${Math.round(seconds)} s)`, ...renderTable(columns, rows, Infinity)].join('\n');
}

/** A part as a section of Markdown: its table, then when and how. */
export function markdownOf({ title, lines, command, date, machine, quick }: PartResult): string {
  const cells = [
    ['what', 'figure', 'goal', 'verdict'],
    ['---', '---:', '---:', '---'],
    ...lines.map(cellsOf),
  ];
  const table = cells.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  const how = `${quick ? 'A quick run: ' : ''}\`${command}\`, ${date}, ${machine}.`;
  return [`### ${title}`, '', ...table, '', how].join('\n');
}

/** One sentence on everything. */
export function summaryOf(results: readonly PartResult[]): string {
  const verdicts = results.flatMap(({ lines }) => lines.map(({ verdict }) => verdict));
  const count = (verdict: Verdict): number => verdicts.filter((each) => each === verdict).length;
  return `${count('met')} met, ${count('missed')} missed, ${count('skipped')} skipped`;
}

/** A document with the text between two marks replaced: `<!-- bench:start -->` … `<!-- /bench:start -->`. */
export function replaceMarked(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, until] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || until < from) throw new Error(`There is no place for ${name}: ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(until)}`;
}

function cellsOf({ what, figure, goal, verdict }: Line): readonly string[] {
  return [what, figure, goal, WORDS[verdict]];
}
