/** HTML that cannot be broken by what stands in it: whatever is put into a template is escaped unless it is markup. */

/** A piece of HTML that is written as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may be put into a template; null and nothing leave nothing behind. */
export type Part = Markup | string | number | null | undefined | readonly Part[];

/** A template of HTML: html`<p>${text}</p>`. Values of attributes have to stand in double quotes. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const pieces = texts.map((text, at) => (at === 0 ? text : `${partText(parts[at - 1])}${text}`));
  return new Markup(pieces.join(''));
}

/** Text of somebody else, kept apart so that its direction of writing does not reach what stands beside it. */
export function foreign(text: string): Markup {
  return html`<bdi>${text}</bdi>`;
}

function partText(part: Part): string {
  if (part === null || part === undefined) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(partText).join('') : escape(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Characters that HTML does not allow, whatever they are written as. Line breaks and tabs stay.
 * @see HTML Standard, "Preprocessing the input stream", control-character-in-input-stream (checked 2026-11-29)
 */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]/g;

function escape(text: string): string {
  const clean = text.toWellFormed().replace(CONTROL, '\ufffd');
  return clean.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
