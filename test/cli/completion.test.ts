import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Command, Option } from 'commander';
import { bashScript } from '../../src/cli/completion/bash.ts';
import { completionOf } from '../../src/cli/completion/contexts.ts';
import { fishScript } from '../../src/cli/completion/fish.ts';
import { powerShellScript } from '../../src/cli/completion/powershell.ts';
import { SHELLS } from '../../src/cli/completion/shells.ts';
import { zshScript } from '../../src/cli/completion/zsh.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { say } from './support/in-process.ts';

/** Lines that end where Tab is pressed, and what is then offered or put in their place. */
const LINES: readonly (readonly [string, readonly string[]])[] = [
  ['harvest-bq sy', ['sync']],
  ['harvest-bq sync time_e', ['time_entries']],
  ['harvest-bq sync clients invoice_', ['invoice_item_categories', 'invoice_messages', 'invoice_payments']],
  ['harvest-bq sync tag:bi', ['tag:billing']],
  ['harvest-bq -c some.yaml -q sync --exclude cost_', ['cost_rates']],
  ['harvest-bq sync --exclude clients,time_e', ['clients,time_entries']],
  ['harvest-bq -o js', ['json', 'jsonl']],
  ['harvest-bq sync --log-level w', ['warning']],
  ['harvest-bq init --destination ', ['bigquery', 'duckdb']],
  ['harvest-bq state re', ['reset']],
  ['harvest-bq state reset zzz', []],
  ['harvest-bq state reset user_', ['user_assignments']],
  ['harvest-bq sync --concurrency ', []],
  ['harvest-bq discover --prev', ['--preview']],
  ['harvest-bq discover time_entries cl', []],
  ['harvest-bq help errors PAGES_L', ['PAGES_LOOP']],
  ['harvest-bq help exi', ['exit-codes']],
  ['harvest-bq completion z', ['zsh']],
  ['harvest-bq check -c ./har', ['./harvest-bq.yaml']],
];

const has = (shell: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, shell)));

let folder: string;
const path = (shell: string): string => join(folder, `script.${shell}`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harvest-bq-completion-'));
  await writeFile(join(folder, 'harvest-bq.yaml'), '');
  for (const shell of SHELLS) {
    const { text } = await say(`completion ${shell}`, { cwd: folder, env: {} });
    await writeFile(path(shell), `${text}\n`);
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** What a shell says, in a folder with one file. */
function run(shell: string, args: readonly string[]): string {
  return execFileSync(shell, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, HOME: folder } });
}

describe('completion in bash', () => {
  const bash = has('bash') ? it : it.skip;

  bash('offers what may stand there', () => {
    const asked = LINES.map(
      ([line]) =>
        `COMP_LINE='${line}'; COMP_POINT=${line.length}; COMPREPLY=(); _harvest_bq; echo "$COMP_LINE => \${COMPREPLY[*]}"`,
    );
    const said = run('bash', ['--norc', '-c', [`source ${path('bash')}`, ...asked].join('\n')]);
    const expected = LINES.map(([line, words]) => {
      // bash keeps what stands before a colon
      const shown = words.map((word) => word.replace('tag:', ''));
      return `${line} => ${shown.toSorted().join(' ')}`;
    });
    const answers = said
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [asking = '', words = ''] = line.split(' => ');
        return `${asking} => ${words.split(' ').toSorted().join(' ')}`;
      });
    expect(answers).toEqual(expected);
  });

  bash('is switched on by evaluating the script', () => {
    const said = run('bash', ['--norc', '-c', `eval "$(cat ${path('bash')})"; complete -p harvest-bq`]);
    expect(said).toBe('complete -F _harvest_bq harvest-bq\n');
  });
});

describe('completion in fish', () => {
  const fish = has('fish') ? it : it.skip;

  fish('offers what may stand there, with its meaning', () => {
    const asked = LINES.map(([line]) => `echo '== ${line}'; complete -C '${line}'`);
    const said = run('fish', ['--no-config', '-c', [`source ${path('fish')}`, ...asked].join('\n')]);
    const answers = said
      .split(/^== /m)
      .slice(1)
      .map((block) => {
        const [line = '', ...words] = block.replace(/\n+$/, '').split('\n');
        return [line, words.map((word) => word.split('\t')[0]).toSorted()];
      });
    expect(answers).toEqual(LINES.map(([line, words]) => [line, words.toSorted()]));
    expect(said).toContain('time_entries\tTime that people tracked');
  });
});

describe('completion in zsh', () => {
  const zsh = has('zsh') ? it : it.skip;

  zsh('puts the only word in place, in an interactive shell', async () => {
    const lines = [
      ['sync time_e', 'sync time_entries '],
      ['sync --exclude clients,time_e', 'sync --exclude clients,time_entries'],
      ['sync tag:bi', 'sync tag:billing '],
      ['sync --output=t', 'sync --output=text '],
      ['-c ./har', '-c ./harvest-bq.yaml '],
    ];
    const asked = lines.map(([line, whole]) => `press 'harvest-bq ${line}' 'harvest-bq ${whole}'`).join('\n');
    const driver = join(folder, 'driver.zsh');
    await writeFile(driver, ZSH_DRIVER.replace('SCRIPT', path('zsh')).replace('ASKED', asked));
    expect(run('zsh', ['-f', driver])).toBe(lines.map(([, whole]) => `harvest-bq ${whole}\n`).join(''));
  });
});

/** A shell inside a shell: types a line and Tab, and says what was waited for once it stands there. */
const ZSH_DRIVER = `
zmodload zsh/zpty
hear() {
  local piece heard='' i
  for ((i = 0; i < 400; i++)); do
    zpty -r -t shell piece && heard+=$piece
    [[ $heard == *$1* ]] && return
    sleep 0.01
  done
  print -r -- "not heard: $1, but: $heard"
}
press() {
  zpty -w -n shell "$1"$'\\t'
  hear "$2" && print -r -- "$2"
  # the line is given up
  zpty -w -n shell $'\\x15'
}
zpty shell zsh -f -i
zpty -w shell "TERM=dumb; PS1='> '; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source SCRIPT; echo READY''NOW"
hear READYNOW
ASKED
zpty -d shell
`;

describe('a script for completion', () => {
  it('names every command and flag of the tree', async () => {
    const silent = (): undefined => undefined;
    const program = buildProgram('0.0.0', silent, { out: silent, error: silent });
    for (const shell of SHELLS) {
      const { text, code } = await say(`completion ${shell}`, { cwd: folder, env: {} });
      expect(code).toBe(0);
      const named = program.commands.flatMap((command) => [
        `'flags ${command.name()}'`,
        ...command.options.map(({ long }) => `'${long}`),
      ]);
      expect([shell, named.filter((word) => !text.includes(word))]).toEqual([shell, []]);
    }
  });

  const odd = new Command('odd')
    .option('-f, --file <path>', "it's a file; \\ and $HOME and `x`")
    .addOption(new Option('--kind <kind>', 'which').choices(["a'b", 'c d']));
  odd.command('one [streams...]').description("what's one");
  const words = {
    streams: [{ word: 'x', meaning: "a 'quoted' \\ word" }],
    tags: [],
    actions: [],
    topics: [],
    codes: [],
  };

  it.each([
    ['bash', bashScript, ['-n']],
    ['zsh', zshScript, ['-n']],
    ['fish', fishScript, ['--no-execute']],
  ] as const)('is well formed in %s whatever the help says', async (shell, render, args) => {
    if (!has(shell)) return;
    const script = join(folder, `odd.${shell}`);
    await writeFile(script, render(completionOf(odd, '0', words)));
    const { status, stderr } = spawnSync(shell, [...args, script], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('doubles quotes for PowerShell', () => {
    const script = powerShellScript(completionOf(odd, '0', words));
    expect(script).toContain("'what''s one'");
    expect(script).toContain("Kind = 'files'");
    expect(script.match(/'/g)?.length ?? 1).toBe(2 * Math.floor((script.match(/'/g)?.length ?? 1) / 2));
  });

  it('is refused for a shell that there is none for', async () => {
    const { error } = await say('completion tcsh', { cwd: folder, env: {} });
    expect([error?.code, error?.message]).toEqual([
      'USAGE_INVALID',
      expect.stringContaining('bash, zsh, fish, powershell'),
    ]);
  });
});
