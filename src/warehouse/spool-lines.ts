import { createReadStream } from 'node:fs';

/** Bytes that are read at a time. */
const READ_BYTES = 64 * 1024;

const LINE_FEED = 0x0a;

/**
 * The lines of a spool without their line feeds. Only a line feed ends a line: what else Unicode calls one may stand
 * within a text. Memory holds a block of the file and one line.
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  for await (const lines of lineBlocksOf(path)) yield* lines;
}

/**
 * The same, as many lines at a time as a block of the file holds: one promise for all of them. Each line is decoded alone: most
 * are made of one-byte characters then, however few of their neighbours are.
 */
export async function* lineBlocksOf(path: string): AsyncGenerator<readonly string[]> {
  let rest: Buffer[] = [];
  const blocks = createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>;
  for await (const block of blocks) {
    const lines: string[] = [];
    let from = 0;
    for (let at = block.indexOf(LINE_FEED); at >= 0; at = block.indexOf(LINE_FEED, from)) {
      const piece = block.subarray(from, at);
      lines.push((rest.length === 0 ? piece : Buffer.concat([...rest, piece])).toString('utf8'));
      rest = [];
      from = at + 1;
    }
    if (from < block.length) rest.push(block.subarray(from));
    yield lines;
  }
  if (rest.length > 0) yield [Buffer.concat(rest).toString('utf8')];
}
