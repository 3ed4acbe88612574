/** Proves that a configuration that was just written will be read: by the loader of every other command. */
import { dirname } from 'node:path';
import { assertChoice } from '../../catalog/check-choice.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { loadConfig } from '../../config/load.ts';
import { ConnectorError } from '../../errors.ts';
import { variablesIn } from './yaml-text.ts';

/**
 * Reads a staged file as a run would, with words in place of the variables that are not set yet.
 * @throws ConnectorError CONFIG_INVALID, SECRET_NOT_FOUND
 */
export async function assertReadable(
  text: string,
  staged: { readonly path: string; readonly shown: string },
  { catalog, now }: { readonly catalog: Catalog; readonly now: Date },
): Promise<void> {
  const env = Object.fromEntries(variablesIn(text).map((name) => [name, 'to-be-set']));
  try {
    const config = await loadConfig({
      file: staged.path,
      cwd: dirname(staged.path),
      env,
      offline: true,
      now,
    });
    assertChoice(config, catalog);
  } catch (cause) {
    if (!(cause instanceof ConnectorError)) throw cause;
    const { code, hint, details } = cause;
    const own = staged.path.split(/[\\/]/).at(-1) ?? staged.path;
    const message = cause.message.replaceAll(staged.path, staged.shown).replaceAll(own, staged.shown);
    throw new ConnectorError(code, message, { hint, details, cause });
  }
}
