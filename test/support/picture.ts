/** A terminal's screen as a picture: SVG without script, font or anything else from outside. Pure. */

/** What is drawn. */
export interface Picture {
  readonly title: string;
  readonly description: string;
  /** What was typed, above the lines. */
  readonly command: string;
  readonly lines: readonly string[];
}

const LETTER = 8.4;
const LINE = 18;
const MARGIN = 20;
const BAR = 36;

/** Draws it as wide as its longest line. */
export function svgOf({ title, description, command, lines }: Picture): string {
  const all = [`$ ${command}`, ...lines];
  const width = Math.ceil(Math.max(...all.map((line) => line.length)) * LETTER + 2 * MARGIN);
  const height = BAR + all.length * LINE + MARGIN;
  const dots = [0, 1, 2].map(
    (at) =>
      `<circle cx="${MARGIN + at * 18}" cy="18" r="5.5" fill="${['#ff5f57', '#febc2e', '#28c840'][at]}"/>`,
  );
  const text = all.flatMap((line, at) => {
    const y = BAR + (at + 1) * LINE - 4;
    return line === '' ? [] : [`<text x="${MARGIN}" y="${y}"${classOf(line)}>${escaped(line)}</text>`];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" xml:space="preserve" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d7dde5; white-space: pre } .dim { fill: #7d8793 } .typed { fill: #7ee787 } .strong { fill: #ffffff; font-weight: bold }</style>
<rect width="${width}" height="${height}" rx="10" fill="#161b22"/>
${dots.join('\n')}
${text.join('\n')}
</svg>
`;
}

function classOf(line: string): string {
  if (line.startsWith('$ ')) return ' class="typed"';
  if (/^\s*─/.test(line) || line.startsWith('    ')) return ' class="dim"';
  return /^\S/.test(line) ? ' class="strong"' : '';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
