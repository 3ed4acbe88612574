/** The signs of the live view, and what stands for them where a terminal has no UTF-8. */

export type Charset = 'utf8' | 'ascii';

/** Signs that frames are made of; each takes one cell. */
export interface Signs {
  readonly spinner: readonly string[];
  readonly done: string;
  readonly full: string;
  readonly tip: string;
  readonly empty: string;
  readonly wait: string;
  readonly dot: string;
  readonly none: string;
  readonly ellipsis: string;
}

export const SIGNS: Readonly<Record<Charset, Signs>> = {
  utf8: {
    spinner: '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'.split(''),
    done: '✓',
    full: '━',
    tip: '╸',
    empty: '─',
    wait: '‖',
    dot: '·',
    none: '–',
    ellipsis: '…',
  },
  ascii: {
    spinner: '|/-\\'.split(''),
    done: '+',
    full: '#',
    tip: '#',
    empty: '-',
    wait: '=',
    dot: '-',
    none: '-',
    ellipsis: '.',
  },
};

/** Signs of the connector's own texts. */
const SPELLED: Readonly<Record<string, string>> = {
  '✓': '+',
  '✗': 'x',
  '‖': '=',
  '·': '-',
  '–': '-',
  '—': '-',
  '…': '...',
  '→': '->',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '×': 'x',
  '≥': '>=',
};

/**
 * The characters that a terminal of this locale shows: the first of LC_ALL, LC_CTYPE and LANG that says something counts, as
 * it does for the C library. Windows, which has no such variables, shows UTF-8.
 */
export function charsetOf(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Charset {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((text) => (text ?? '') !== '') ?? '';
  if (locale === '' && platform === 'win32') return 'utf8';
  return /utf-?8/i.test(locale) ? 'utf8' : 'ascii';
}

/** Text in the letters that every terminal has: `Müller → x` becomes `Muller -> x`; what has no likeness a question mark. */
export function spell(text: string, charset: Charset): string {
  if (charset === 'utf8') return text;
  return text
    .replace(/[✓✗‖·–—…→’‘“”×≥]/g, (sign) => SPELLED[sign] ?? '?')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\u0020-\u007e]/gu, '?');
}
