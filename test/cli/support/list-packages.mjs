// Loaded with --import: writes the names of the packages that a process has loaded into the file PACKAGES_FILE.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const told = new Set();

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const name = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(found.url)?.[1];
    if (name !== undefined && !told.has(name)) {
      told.add(name);
      appendFileSync(process.env.PACKAGES_FILE, `${name}\n`);
    }
    return found;
  },
});
