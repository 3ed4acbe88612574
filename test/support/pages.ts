/** The Markdown pages of the project: what stands in them, and where they lead. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A page. */
export interface Page {
  /** From the top of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Every page that readers are meant to find. */
export const PAGES: readonly Page[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'streams/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true })
    .map((name) => join('docs', String(name)))
    .filter((name) => name.endsWith('.md'))
    .toSorted(),
].map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

/**
 * The heading of a page, and its first sentence: of the first paragraph that is prose, links without their targets.
 * Throws where there is none, or nothing that could be one.
 */
export function headOf({ path, text }: Page): { readonly title: string; readonly sentence: string } {
  const title = /^# (.+)$/m.exec(text)?.[1] ?? '';
  const paragraphs = withoutBlocks(text.replaceAll(/<!--[\s\S]*?-->/g, '')).split(/\n\s*\n/);
  const first = paragraphs.find((part) => /^[A-Z*`[]/.test(part) && !part.startsWith('Made from')) ?? '';
  const plain = first
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replaceAll(/\*\*(?:Context|Connect)\.\*\* */g, '')
    .replaceAll(/\*\*/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  // dots in code end no sentence, and a word like “Context.” says too little
  const masked = plain.replaceAll(/`[^`]*`/g, (code) => 'x'.repeat(code.length));
  const end = /^.{24,}?[.:](?= |$)/.exec(masked)?.[0].length;
  if (title === '' || end === undefined) throw new Error(`${path} has no heading or no first sentence`);
  return { title, sentence: plain.slice(0, end).replace(/:$/, '.') };
}

/** Text without the blocks that are code. */
export function proseOf(text: string): string {
  return withoutBlocks(text).replaceAll(/`[^`\n]*`/g, '');
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
}

/** The relative links of a page that lead nowhere: no such file, or no such heading in it. */
export function brokenLinks({ path, text }: Page): readonly string[] {
  const targets = [...proseOf(text).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(
    ([, to]) => to ?? '',
  );
  return targets.filter((target) => {
    const [file = '', anchor] = target.split('#');
    const full = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(ROOT, full))) return true;
    if (anchor === undefined || !full.endsWith('.md')) return false;
    return !anchorsOf(readFileSync(join(ROOT, full), 'utf8')).has(anchor);
  });
}

/** Anchors as GitHub makes them from headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) => {
      const slug = heading
        .toLowerCase()
        .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
        .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}

/** The way from one file to another, as a link. */
export function linkTo(path: string, from: string): string {
  return relative(dirname(from), path);
}
