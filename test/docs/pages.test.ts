import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildProgram } from '../../src/cli/program.ts';
import { wrapText } from '../../src/report/live/line.ts';
import { DOCUMENTS, SCHEMAS } from '../support/documents.ts';
import { expectGolden } from '../support/golden.ts';
import { brokenLinks, headOf, linkTo, PAGES, type Page } from '../support/pages.ts';
import { svgOf } from '../support/picture.ts';

const ROOT = new URL('../../', import.meta.url);

const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

describe('the pages', () => {
  it.each(PAGES)('$path leads nowhere that is not there', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('name npm scripts that the package has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    const named = PAGES.flatMap(({ path, text }) =>
      [...text.matchAll(/npm run (?:--silent )?([a-z][a-z:]*)/g)].map(([, name = '']) => ({ path, name })),
    );
    expect(named.filter(({ name }) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('name commands and flags that the program has', () => {
    const ignore = (): undefined => undefined;
    const program = buildProgram('0.0.0', ignore, { out: ignore, error: ignore });
    const globals = program.options.map(({ long }) => long);
    const commands = new Map(
      program.commands.map((command) => [command.name(), command.options.map(({ long }) => long)]),
    );
    const called = PAGES.flatMap(({ path, text }) =>
      [
        ...text.matchAll(/(?:npx harvest-bq|`harvest-bq|^harvest-bq|\bDo +harvest-bq) ([a-z][^`\n|&]*)/gm),
      ].map(([, line = '']) => ({ path, line })),
    );
    const wrong = called.filter(({ path, line }) => {
      const [name = '', ...words] = (line.split(' #')[0] ?? '').trim().split(/\s+/);
      if (path === 'CHANGELOG.md') return false;
      const flags = commands.get(name.replace(/[^a-z].*$/, ''));
      const long = words
        .filter((word) => /^--[a-z]/.test(word))
        .map((word) => word.replace(/[=.,;:)].*$/, ''));
      return flags === undefined || long.some((flag) => ![...flags, ...globals, '--help'].includes(flag));
    });
    expect(wrong).toEqual([]);
    expect(called.length).toBeGreaterThan(30);
  });
});

describe('the README', () => {
  it('shows screens as the golden files have them', () => {
    const text = read('README.md').replaceAll(
      /(<!-- screen: (\S+)(?: (\d+)-(\d+))? -->\n\n```text\n)[\s\S]*?(^```$)/gm,
      (_all, head: string, path: string, from?: string, to?: string, end?: string) => {
        const lines = read(path).trimEnd().split('\n');
        return `${head}${lines.slice(Number(from ?? 1) - 1, Number(to ?? lines.length)).join('\n')}\n${end ?? ''}`;
      },
    );
    expectGolden('README.md', text);
  });

  it('shows a picture of the demo', () => {
    const lines = read('test/golden/screens/demo.txt').trimEnd().split('\n');
    const answered = lines.findIndex((line) => line.startsWith('Who is late'));
    const shown = [...lines.slice(1, answered - 1), '  …', '', ...lines.slice(-2)];
    const wrapped = shown.flatMap((line) => {
      const own = /^ */.exec(line)?.[0] ?? '';
      return wrapText(line, 100, `${own}  `);
    });
    expect(wrapped.filter((line) => line.length > 100 || /\S…$/.test(line))).toEqual([]);
    const picture = {
      title: 'The demo of harvest-bq in a terminal',
      description:
        'A simulated account in 32 tables, a question with its answer, and how little the next day took.',
      command: 'npm run demo',
      lines: wrapped,
    };
    expectGolden('docs/pictures/demo.svg', svgOf(picture));
  });
});

describe('docs/json.md', () => {
  const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
    const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
    return `<!-- prettier-ignore-start -->\n${lines.join('\n')}\n<!-- prettier-ignore-end -->`;
  };
  const between = (text: string, mark: string, content: string): string =>
    text.replace(
      new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*?(<!-- /${mark} -->)`),
      (_all, head: string, end: string) => `${head}\n${content}\n\n${end}`,
    );

  it('lists every document and every event that there is a schema of', () => {
    const documents = DOCUMENTS.map((name) => {
      const [command, what] = String(SCHEMAS.get(name)?.['title'] ?? '').split(/: (.*)/);
      return [`[${name}.json](../schemas/cli/${name}.json)`, command ?? '', what ?? ''];
    });
    expect(documents.filter((cells) => cells.includes(''))).toEqual([]);
    const events = (SCHEMAS.get('events')?.['oneOf'] ?? []) as unknown as readonly {
      readonly description: string;
      readonly properties: Readonly<Record<string, { readonly const?: string }>>;
    }[];
    const rows = events.map(({ description, properties }) => [
      `\`${properties['event']?.const ?? ''}\``,
      description,
      Object.keys(properties)
        .filter((name) => !['time', 'run_id', 'event'].includes(name))
        .map((name) => `\`${name}\``)
        .join(', '),
    ]);
    const text = between(
      between(read('docs/json.md'), 'documents', table(['schema', 'command', 'what it tells'], documents)),
      'events',
      table(['event', 'when', 'fields'], rows),
    );
    expectGolden('docs/json.md', text);
  });
});

/** Sections of docs/llms.txt, and the pages that belong to each. */
const SECTIONS: readonly (readonly [string, (path: string) => boolean])[] = [
  ['Start', (path) => ['README.md', 'docs/configuration.md', 'docs/deploy.md', 'docs/cli.md'].includes(path)],
  ['Tables and queries', (path) => /tables|recipes|streams|dbt|bi\//.test(path)],
  ['When something is wrong', (path) => /errors|recover|repair|verify|alerts|erase/.test(path)],
  ['How it works', (path) => /architecture|adr|correctness|performance|live-checks|CONTRIBUTING/.test(path)],
  ['More', () => true],
];

describe('the first sentence of a page', () => {
  const sentenceOf = (text: string): string => headOf({ path: 'a.md', text: `# A\n\n${text}\n` }).sentence;

  it('may begin with a link, and goes on over dots in code', () => {
    const said = '[b.yml](b.yml) describes all, and under `sync.deletes: mark` more. And so on.';
    expect(sentenceOf(said)).toBe('b.yml describes all, and under `sync.deletes: mark` more.');
    expect(
      sentenceOf('```sh\nA line of code.\n\nAnd another line of code.\n```\n\nWhat is said of it, at last.'),
    ).toBe('What is said of it, at last.');
  });

  it('is there', () => {
    expect(() => sentenceOf('| a table |')).toThrow('a.md has no heading or no first sentence');
    expect(() => PAGES.map(headOf)).not.toThrow();
  });
});

describe('docs/llms.txt', () => {
  it('lists every page under one heading, in one line', () => {
    const taken = new Set<string>();
    const sections = SECTIONS.map(([title, belongs]) => {
      const pages = PAGES.filter(({ path }) => !taken.has(path) && belongs(path));
      for (const { path } of pages) taken.add(path);
      return `## ${title}\n\n${pages.map(lineOf).join('\n')}\n`;
    });
    const readme = PAGES.find(({ path }) => path === 'README.md');
    const sentence = readme === undefined ? '' : headOf(readme).sentence;
    expectGolden('docs/llms.txt', `# harvest-bq\n\n> ${sentence}\n\n${sections.join('\n')}`);
  });
});

function lineOf(page: Page): string {
  const { title, sentence } = headOf(page);
  return `- [${title}](${linkTo(page.path, 'docs/llms.txt')}): ${sentence}`;
}
