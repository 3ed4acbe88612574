/** A column of a text table. */
export interface TextColumn {
  readonly title: string;
  /** Stands below the title, such as a type. */
  readonly subtitle?: string;
  /** Numbers stand on the right. */
  readonly align?: 'left' | 'right';
  /** May be left out where the screen is narrow; of several, the last goes first. */
  readonly optional?: boolean;
  /** Where long text is cut; by default at its end. */
  readonly cut?: 'end' | 'middle';
}

/** Never cut a column below this many characters. */
const NARROWEST = 8;

/** Control characters (escape codes from a client's name, line breaks in a note) would spoil a terminal. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

/**
 * Lines of a table with a heading and a rule, indented by two. Where `width` is too small, optional columns go and
 * long text is cut with an ellipsis; a width of Infinity keeps everything.
 */
export function renderTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] {
  const clean = rows.map((row) => columns.map((_, index) => (row[index] ?? '').replace(CONTROL, ' ')));
  const full = columns.map((column, index) =>
    Math.max(
      column.title.length,
      column.subtitle?.length ?? 0,
      ...clean.map((row) => lengthOf(row[index] ?? '')),
    ),
  );
  const widths = fit(columns, full, width - 2);
  const kept = columns.map((_, index) => index).filter((index) => (widths[index] ?? 0) > 0);
  const line = (cells: readonly string[]): string =>
    `  ${kept
      .map((index) => cell(cells[index] ?? '', widths[index] ?? 0, columns[index]))
      .join('  ')
      .trimEnd()}`;
  return [
    line(columns.map((column) => column.title)),
    ...(columns.some(({ subtitle }) => subtitle !== undefined)
      ? [line(columns.map(({ subtitle }) => subtitle ?? ''))]
      : []),
    line(columns.map((_, index) => '─'.repeat(widths[index] ?? 0))),
    ...clean.map(line),
  ];
}

/** Characters as people count them, near enough for a monospaced screen. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** Cuts text to a width, with an ellipsis. */
export function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Cuts text to a width with an ellipsis in its middle, so that its beginning and its end stay. */
function cutInside(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width || width < 3) return cut(text, width);
  const tail = Math.floor((width - 1) / 3);
  return `${characters.slice(0, width - 1 - tail).join('')}…${characters.slice(-tail).join('')}`;
}

function cell(text: string, width: number, column: TextColumn | undefined): string {
  const short = column?.cut === 'middle' ? cutInside(text, width) : cut(text, width);
  const gap = ' '.repeat(Math.max(0, width - lengthOf(short)));
  return column?.align === 'right' ? gap + short : short + gap;
}

/** Widths that fit; 0 stands for a column that is left out. */
function fit(columns: readonly TextColumn[], full: readonly number[], room: number): readonly number[] {
  const widths = [...full];
  const total = (): number => widths.reduce((sum, width) => sum + (width > 0 ? width + 2 : 0), -2);
  for (let index = columns.length - 1; index >= 0 && total() > room; index -= 1) {
    if (columns[index]?.optional === true) widths[index] = 0;
  }
  while (total() > room) {
    const widest = widths.indexOf(
      Math.max(...widths.filter((_, index) => columns[index]?.align !== 'right'), 0),
    );
    const width = widths[widest] ?? 0;
    if (widest < 0 || width <= NARROWEST) break;
    widths[widest] = Math.max(NARROWEST, width - (total() - room));
  }
  return widths;
}
