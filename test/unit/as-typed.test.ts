import { describe, expect, it } from '@jest/globals';
import { asTyped, programName, quoted } from '../../src/cli/program-name.ts';

const BY_NPX = { program: 'npx harvest-bq', config: null };
const WITH_FILE = { program: 'harvest-bq', config: 'acme.yaml' };

describe('a command that a text names', () => {
  it.each([
    ['Run it: harvest-bq sync', 'Run it: npx harvest-bq sync'],
    ['  More  harvest-bq help errors RUN_LOCKED', '  More  npx harvest-bq help errors RUN_LOCKED'],
    [
      'All: harvest-bq --help  Set: harvest-bq help config',
      'All: npx harvest-bq --help  Set: npx harvest-bq help config',
    ],
    ['eval "$(harvest-bq completion bash)"', 'eval "$(npx harvest-bq completion bash)"'],
    ['`harvest-bq sync`', '`npx harvest-bq sync`'],
  ])('is written as somebody who has it by npx types it: %s', (text, typed) => {
    expect(asTyped(text, BY_NPX)).toBe(typed);
    expect(asTyped(typed, BY_NPX)).toBe(typed);
    expect(asTyped(text, { program: 'harvest-bq', config: null })).toBe(text);
  });

  it.each([
    ['Next   harvest-bq sync roles', 'Next   harvest-bq sync -c acme.yaml roles'],
    ['Undo: harvest-bq state import --file x', 'Undo: harvest-bq state import -c acme.yaml --file x'],
    ['Next: harvest-bq check -c other.yaml', 'Next: harvest-bq check -c other.yaml'],
    ['More  harvest-bq help errors', 'More  harvest-bq help errors'],
  ])('works on the configuration that was named: %s', (text, typed) => {
    expect(asTyped(text, WITH_FILE)).toBe(typed);
    expect(asTyped(typed, WITH_FILE)).toBe(typed);
  });

  it.each([
    'a table that harvest-bq keeps',
    'harvest-bq 1.2.3 · Acme',
    'harvest-bq sync (acme) has been at work',
    'Save it as harvest-bq.yaml',
    'x/harvest-bq sync',
    'harvest-bq synchronises',
  ])('is not made of what is none: %s', (text) => {
    for (const calling of [BY_NPX, WITH_FILE]) expect(asTyped(text, calling)).toBe(text);
  });
});

it('names are quoted where a shell would read them otherwise', () => {
  expect(['clients', "it's.yaml", 'invoice*', 'a b.yaml'].map(quoted)).toEqual([
    'clients',
    String.raw`'it'\''s.yaml'`,
    "'invoice*'",
    "'a b.yaml'",
  ]);
});

it('npm is recognised by what it sets', () => {
  expect(programName({ env: {} })).toBe('harvest-bq');
  expect(programName({ env: { npm_execpath: '/usr/lib/npm' } })).toBe('npx harvest-bq');
});
