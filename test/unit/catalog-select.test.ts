import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { findWordMistake, selectStreams, type StreamChoice } from '../../src/catalog/select.ts';
import { didYouMean, editDistance, suggest } from '../../src/catalog/suggest.ts';
import { ConnectorError } from '../../src/errors.ts';

const catalog = loadCatalog();
const all = [...catalog.streams.keys()];

const select = (choice: Partial<StreamChoice>): readonly string[] =>
  selectStreams(catalog, { include: ['*'], exclude: [], ...choice }).map(({ name }) => name);

function failure(choice: Partial<StreamChoice>): ConnectorError {
  try {
    select(choice);
  } catch (error) {
    if (error instanceof ConnectorError) return error;
  }
  throw new Error('nothing was thrown');
}

describe('selectStreams', () => {
  it('selects everything for * and for no words at all, in the order of the catalogue', () => {
    expect(select({})).toEqual(all);
    expect(select({ include: [] })).toEqual(all);
  });

  it('selects by name without the parent of a child', () => {
    expect(select({ only: ['invoice_payments'] })).toEqual(['invoice_payments']);
  });

  it('selects by glob', () => {
    expect(select({ only: ['invoice*'] })).toEqual([
      'invoice_item_categories',
      'invoices',
      'invoice_messages',
      'invoice_payments',
    ]);
    expect(select({ only: ['?????'] })).toEqual(['roles', 'tasks', 'users']);
  });

  it('selects by tag', () => {
    expect(select({ only: ['tag:rates'] })).toEqual([
      'task_assignments',
      'user_assignments',
      'billable_rates',
      'cost_rates',
      'project_assignments',
    ]);
  });

  it('takes out what has a minus or is excluded, wherever it stands', () => {
    expect(select({ include: ['-time_*', 'tag:time', 'users'] })).toEqual(['users']);
    expect(select({ include: ['-tag:reports'], exclude: ['*_*'] })).toEqual(
      all.filter((name) => !name.includes('_') && name !== 'uninvoiced'),
    );
  });

  it('lets the command line narrow the configuration, and exclude more', () => {
    expect(
      select({ include: ['time_*', 'users'], only: ['time_*', '-time_team'], except: ['time_entries'] }),
    ).toEqual(['time_clients', 'time_projects', 'time_tasks']);
  });

  it.each<[string, Partial<StreamChoice>, string]>([
    ['a misspelt name', { only: ['usres'] }, 'There is no stream usres. Did you mean users?'],
    ['a misspelt name in exclude', { exclude: ['time-entries'] }, 'Did you mean time_entries?'],
    ['a misspelt name with a minus', { include: ['-expnses'] }, 'Did you mean expenses?'],
    ['a word that is near nothing', { only: ['kubernetes'] }, 'There is no stream kubernetes.'],
    ['a glob that matches nothing', { only: ['bill_*'] }, 'The pattern bill_* matches no stream.'],
    ['an unknown tag', { only: ['tag:biling'] }, 'There is no tag biling. Did you mean billing?'],
    [
      'a stream that the configuration leaves out',
      { exclude: ['users'], only: ['users'] },
      'leaves out users',
    ],
    ['a configuration that selects nothing', { exclude: ['*'] }, 'selects no stream'],
    ['a command line that selects nothing', { only: ['users'], except: ['users'] }, 'Nothing is left'],
  ])('refuses %s', (_, choice, message) => {
    const error = failure(choice);
    expect([error.code, error.exitCode]).toEqual(['USAGE_UNKNOWN_STREAM', 2]);
    expect(error.message).toContain(message);
  });

  it('reads dots and brackets of a pattern as themselves', () => {
    expect(findWordMistake(catalog, 'us.r*')).toBe('The pattern us.r* matches no stream.');
    expect(findWordMistake(catalog, '-users')).toBeNull();
  });

  it('gives for any names that exist exactly these, once each', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...all), { minLength: 1 }), (names) => {
        expect(new Set(select({ only: names }))).toEqual(new Set(names));
        expect(select({ only: names })).toHaveLength(new Set(names).size);
      }),
    );
  });
});

describe('suggest', () => {
  it.each([
    ['usres', 'users'],
    ['Clients', 'clients'],
    ['time_entires', 'time_entries'],
    ['invoce_paymnt', 'invoice_payments'],
  ])('takes %s for %s', (word, meant) => {
    expect(suggest(word, all)).toBe(meant);
  });

  it('stays silent where nothing is near', () => {
    expect(suggest('x', all)).toBeNull();
    expect(didYouMean('warehouse', all)).toBe('');
    expect(suggest('users', [])).toBeNull();
  });

  it('measures a distance that is zero for equals, symmetric, and no longer than the longer word', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (one, other) => {
        const distance = editDistance(one, other);
        expect(distance).toBe(editDistance(other, one));
        expect(distance === 0).toBe(one === other);
        expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
    );
  });

  it('counts a swap of neighbours as one edit', () => {
    expect([editDistance('ab', 'ba'), editDistance('kitten', 'sitting'), editDistance('', 'abc')]).toEqual([
      1, 3, 3,
    ]);
  });
});
