import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/** The repository's own folder. */
const ROOT = new URL('../../', import.meta.url);

/**
 * Expects a text to equal a committed file; with `UPDATE_GOLDEN=1` it writes the file instead.
 *
 * @param path from the top of the repository, such as `test/golden/columns/clients.json`
 */
export function expectGolden(path: string, text: string): void {
  const url = new URL(path, ROOT);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(new URL('./', url), { recursive: true });
    writeFileSync(url, text);
  }
  expect(text).toBe(read(url, path));
}

function read(url: URL, path: string): string {
  try {
    return readFileSync(url, 'utf8');
  } catch (cause) {
    throw new Error(`${path} is missing; write it with UPDATE_GOLDEN=1 npm test`, { cause });
  }
}
