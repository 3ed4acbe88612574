import { relative } from 'node:path';

/** A path as people would write it: below the working directory without the directories above, else whole. */
export function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}
