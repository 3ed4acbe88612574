/** Pieces that lines of the live view are put together from. */
import { stripVTControlCharacters } from 'node:util';
import type { Colour, Paint } from '../paint.ts';
import { cellsOf, cutCells } from './cells.ts';

/** A piece of a line in one colour. */
export interface Span {
  readonly text: string;
  readonly colour?: Colour;
}

export type Line = readonly Span[];

/** The cells that a line takes. */
export function cellsOfLine(line: Line): number {
  return line.reduce((sum, { text }) => sum + cellsOf(text), 0);
}

/** The line, cut where the screen ends. */
export function cutLine(line: Line, cells: number, ellipsis: string): Line {
  if (cellsOfLine(line) <= cells) return line;
  const cut: Span[] = [];
  let room = cells;
  for (const span of line) {
    const text = cutCells(span.text, room, ellipsis);
    cut.push({ ...span, text });
    room -= cellsOf(text);
    if (text !== span.text) break;
  }
  return cut;
}

/** The line as it is written. */
export function paintLine(line: Line, paint: Paint): string {
  return line.map(({ text, colour }) => (colour === undefined ? text : paint(colour, text))).join('');
}

/** Puts parts between separators into as many lines as their width asks for. */
export function flow(
  parts: readonly string[],
  separator: string,
  cells: number,
  ellipsis: string,
): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last}${separator}${part}`;
    if (last !== undefined && cellsOf(longer) <= cells) lines[lines.length - 1] = longer;
    else lines.push(cutCells(part, cells, ellipsis));
  }
  return lines;
}

/** Breaks a text, coloured or not, between words where the screen ends; what follows the first line is indented. */
export function wrapText(text: string, cells: number, indent = '    '): readonly string[] {
  const width = (part: string): number => cellsOf(stripVTControlCharacters(part));
  if (width(text) <= cells) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S) /)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && width(longer) > cells) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = longer;
  }
  return [...lines, line];
}
