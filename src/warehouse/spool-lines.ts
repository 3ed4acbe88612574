import { createReadStream } from 'node:fs';

/**
 * The lines of a spool without their line feeds. Only a line feed ends a line: what else Unicode calls one may stand
 * within a text. Memory holds a block of the file and one line.
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const block of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = block.indexOf(LINE_FEED); at >= 0; at = block.indexOf(LINE_FEED, from)) {
      const piece = block.subarray(from, at);
      yield (rest.length === 0 ? piece : Buffer.concat([...rest, piece])).toString('utf8');
      rest = [];
      from = at + 1;
    }
    if (from < block.length) rest.push(block.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest).toString('utf8');
}

const LINE_FEED = 0x0a;
