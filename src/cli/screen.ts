import { paintFor, type Paint } from '../report/paint.ts';

/** One of the two outputs of the process. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Characters per line; Infinity where the text goes into a file or a pipe. */
  readonly width: number;
  /** Cells of a line and lines of the screen as they are now; 80 by 24 where a terminal does not say. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly paint: Paint;
  /** Writes for people: commands that the text names are such as can be typed here. */
  readonly write: (text: string) => void;
  /** A text with its commands as they can be typed here, as `write` makes it. */
  readonly typed: (text: string) => string;
  /** Writes for programs, exactly. */
  readonly writeExactly: (text: string) => void;
  /** Resolves when everything written has left the process. */
  flush(): Promise<void>;
}

/** Narrower screens get lines that wrap. */
const LEAST_WIDTH = 40;

/** Makes a screen of stdout or stderr. A reader that went away (`| head`) is no failure: the rest is dropped. */
export function screenOf(
  stream: NodeJS.WriteStream,
  withColour: boolean,
  typed: (text: string) => string,
): Screen {
  let isGone = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isGone = true;
  });
  const writeExactly = (text: string): void => {
    if (!isGone && text !== '') stream.write(text);
  };
  return {
    isTerminal: stream.isTTY,
    width: stream.isTTY ? Math.max(LEAST_WIDTH, stream.columns || 80) : Infinity,
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
    paint: paintFor(stream, withColour),
    write: (text) => {
      writeExactly(typed(text));
    },
    typed,
    writeExactly,
    flush: async () => {
      if (isGone || stream.writableLength === 0) return;
      await new Promise<void>((resolve) => {
        stream.once('error', () => {
          resolve();
        });
        stream.write('', () => {
          resolve();
        });
      });
    },
  };
}
