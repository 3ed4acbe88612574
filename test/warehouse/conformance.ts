import { describe } from '@jest/globals';
import { checkTests } from './conformance-checks.ts';
import { commitTests } from './conformance-commit.ts';
import { emptiedTests } from './conformance-emptied.ts';
import { eraseTests } from './conformance-erase.ts';
import { goneTests } from './conformance-gone.ts';
import { historyTests } from './conformance-history.ts';
import { liveTests } from './conformance-live.ts';
import { mergeTests } from './conformance-merge.ts';
import { missingTests } from './conformance-missing.ts';
import { readTests } from './conformance-reads.ts';
import { renameTests } from './conformance-renames.ts';
import { restatementTests } from './conformance-restatements.ts';
import { schemaTests } from './conformance-schema.ts';
import { scopeTests } from './conformance-scopes.ts';
import { valueTests } from './conformance-values.ts';
import type { OpenWarehouse } from './workbench.ts';

/**
 * What every warehouse has to do, written against the interface alone.
 *
 * @param open opens a new, empty warehouse each time; the tests close it
 * @param place how a query names a table
 */
export function conformance(name: string, open: OpenWarehouse, place: (table: string) => string): void {
  describe(`${name} conforms`, () => {
    mergeTests(open);
    scopeTests(open);
    goneTests(open);
    missingTests(open);
    liveTests(open);
    renameTests(open);
    historyTests(open);
    emptiedTests(open);
    restatementTests(open);
    commitTests(open);
    schemaTests(open, place);
    valueTests(open);
    readTests(open, place);
    checkTests(open);
    eraseTests(open);
  });
}
