import { styleText } from 'node:util';

/** The few colours that screens use; meaning never depends on them. */
export type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** No colours at all. */
export const plainPaint: Paint = (_colour, text) => text;

/**
 * Colours for a stream: only on a terminal, as NO_COLOR and FORCE_COLOR say.
 * @param wanted false for --no-color
 */
export function paintFor(stream: NodeJS.WritableStream, wanted: boolean): Paint {
  if (!wanted) return plainPaint;
  return (colour, text) => styleText(colour, text, { stream, validateStream: true });
}
