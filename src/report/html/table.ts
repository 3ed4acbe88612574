import { html, type Markup, type Part } from './markup.ts';

/** A column of a table. */
export interface Heading {
  readonly title: Part;
  /** Numbers stand on the right; a chart takes what room is left. */
  readonly kind?: 'text' | 'number' | 'chart';
}

/**
 * A table that can be scrolled sideways where the page is narrow. `rows` are whole rows, the first cell of each a
 * heading: `<tr><th scope="row">…</th>…</tr>`.
 *
 * @param name says what is in it, for those who cannot see it; of a chart, what it shows
 */
export function table(name: string, headings: readonly Heading[], rows: readonly Markup[]): Markup {
  // a few columns would stand too far apart on a wide page
  const look = headings.length <= 3 ? 'scroll small' : 'scroll';
  return html`<div class="${look}" role="group" aria-label="${name}" tabindex="0">
    <table>
      <caption class="hidden">
        ${name}
      </caption>
      <thead>
        <tr>
          ${headings.map(({ title, kind = 'text' }) => html`<th scope="col" class="${kind}">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** The heading of a row. */
export function rowHead(text: Part): Markup {
  return html`<th scope="row">${text}</th>`;
}

/** A section of the page with its heading. */
export function section(id: string, title: string, ...content: readonly Part[]): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
  </section>`;
}
