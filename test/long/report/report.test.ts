/** Reports in a real browser with its network off: accessible, whole, and nothing in them is carried out. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ReportFacts } from '../../../src/report/html/facts.ts';
import { reportPage } from '../../../src/report/html/page.ts';
import { EMPTY_FACTS, FIRST_FACTS, PARTIAL_FACTS } from '../../report/facts.ts';
import { hostileFacts } from '../../report/hostile.ts';
import { temporaryFolder } from '../../support/engine.ts';
import { Browser, findBrowser, type Page, type View } from './browser.ts';

const PROGRAM = findBrowser();
if (PROGRAM === null) {
  process.stderr.write(
    '\nSKIPPED: no chromium or google-chrome in PATH, and no CHROMIUM_PATH: reports are not looked at in a browser.\n',
  );
}

jest.setTimeout(60_000);

/** Where pictures go, for people to look at; nowhere unless it is set. */
const PICTURES = process.env['REPORT_PICTURES'];

const NARROW: View = { width: 400, scheme: 'light', media: 'screen' };
const VIEWS: readonly View[] = [400, 1200].flatMap((width) => [
  { ...NARROW, width },
  { ...NARROW, width, scheme: 'dark' as const },
]);

const PAGES: readonly (readonly [string, ReportFacts])[] = [
  ['a run in which something failed', PARTIAL_FACTS],
  ['a first run', FIRST_FACTS],
  ['no run', EMPTY_FACTS],
  ['texts that would like to be more than texts', hostileFacts()],
];

/** The rules of WCAG 2.2 A and AA, and what is good practice beside them. */
const CHECK = `axe.run(document, { resultTypes: ['violations', 'incomplete'] }).then(({ violations, incomplete }) =>
  [...violations, ...incomplete.filter(({ id }) => id !== 'color-contrast')].map(({ id, nodes }) =>
    id + ': ' + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary).join(' | ')))`;

/** Elements that could run something or fetch something. */
const ACTIVE = `[...document.querySelectorAll('script, iframe, img, link, object, embed, form, base, [src], [srcset]')].length
  + [...document.querySelectorAll('*')].filter((each) => each.getAttributeNames().some((name) => name.startsWith('on'))).length`;

let browser: Browser;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let axe: string;

async function openPage(name: string, facts: ReportFacts, view: View): Promise<Page> {
  const path = join(folder.path, `${name.replaceAll(' ', '-')}.html`);
  await writeFile(path, reportPage(facts));
  return browser.open(pathToFileURL(path).href, view);
}

async function keep(name: string, picture: () => Promise<Buffer>): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, name.replaceAll(' ', '-')), await picture());
}

(PROGRAM === null ? describe.skip : describe)('a report in a browser without a network', () => {
  beforeAll(async () => {
    [browser, folder] = await Promise.all([Browser.start(PROGRAM ?? ''), temporaryFolder()]);
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  describe.each(PAGES)('of %s', (name, facts) => {
    it.each(VIEWS)('is accessible and fits a page of $width pixels, $scheme', async (view) => {
      const page = await openPage(name, facts, view);
      await page.evaluate(axe);
      expect(await page.evaluate(CHECK)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(view.width);
      await keep(`${name}-${view.width}-${view.scheme}.png`, () => page.picture());
    });

    it('asks for nothing beside itself, and nothing in it can be carried out', async () => {
      const page = await openPage(name, facts, NARROW);
      expect(page.requests).toHaveLength(1);
      expect(page.complaints).toEqual([]);
      expect(await page.evaluate(ACTIVE)).toBe(0);
      expect(
        await page.evaluate(
          "[...document.links].every((link) => link.hash !== '' && document.querySelector(link.hash))",
        ),
      ).toBe(true);
    });

    it('goes onto paper', async () => {
      const page = await openPage(name, facts, { width: 800, scheme: 'dark', media: 'print' });
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
        'rgb(255, 255, 255)',
      );
      const paper = await page.paper();
      expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
      await keep(`${name}.pdf`, () => Promise.resolve(paper));
      await keep(`${name}-print.png`, () => page.picture());
    });
  });

  it('has headings in order, heads of rows and columns, and a name for every picture', async () => {
    const page = await openPage('structure', PARTIAL_FACTS, NARROW);
    const levels = (await page.evaluate(
      "[...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.tagName[1]))",
    )) as readonly number[];
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
    expect(await page.evaluate("document.querySelectorAll('th:not([scope])').length")).toBe(0);
    expect(
      await page.evaluate(
        "[...document.querySelectorAll('svg[role=img]')].filter((each) => (each.querySelector('title')?.textContent ?? '') === '').length",
      ),
    ).toBe(0);
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  });

  it('is dark where the reader likes it dark', async () => {
    const page = await openPage('scheme', PARTIAL_FACTS, NARROW);
    const ground = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.look({ width: 400, scheme: 'dark', media: 'screen' });
    expect(await ground()).not.toBe(light);
  });
});
