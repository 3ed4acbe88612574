import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildProgram } from '../../src/cli/program.ts';
import { DOCUMENTS, promises, SCHEMAS } from '../support/documents.ts';
import { expectGolden } from '../support/golden.ts';

const BASELINE = 'test/golden/documents/promises.txt';

function commands(): readonly string[] {
  const ignore = (): undefined => undefined;
  return buildProgram('0.0.0', ignore, { out: ignore, error: ignore }).commands.map((each) => each.name());
}

describe('the schemas of documents', () => {
  it('are there for every command, for --version, and for a line that names none', () => {
    expect(DOCUMENTS).toEqual([...commands(), 'none', 'version'].toSorted());
  });

  it('describe every property', () => {
    const silent: string[] = [];
    const look = (node: unknown, place: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (['if', 'then', 'else'].includes(key)) continue;
        if (key === 'properties') {
          for (const [name, property] of Object.entries(value as object)) {
            const { description, $ref: ref, anyOf, oneOf } = property as Record<string, unknown>;
            if (property !== false && (description ?? ref ?? anyOf ?? oneOf) === undefined)
              silent.push(`${place}/${name}`);
          }
        }
        look(value, key === 'properties' ? place : `${place}/${key}`);
      }
    };
    for (const [name, schema] of SCHEMAS) look(schema, name);
    expect(silent).toEqual([]);
  });

  it('name everything in snake_case', () => {
    const paths = promises().flatMap((line) => line.split(' ').find((word) => word.startsWith('/')) ?? []);
    const names = paths.map((path) => path.replace(/^.*\//, '').replaceAll('[]', ''));
    expect(names.filter((name) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(500);
  });

  it('promise what they have always promised, and only ever more', () => {
    const before = readFileSync(new URL(`../../${BASELINE}`, import.meta.url), 'utf8')
      .split('\n')
      .filter(Boolean);
    const now = new Set(promises());
    expect(before.filter((line) => !now.has(line))).toEqual([]);
    expectGolden(BASELINE, `${promises().join('\n')}\n`);
  });
});
