#!/usr/bin/env node
// Only syntax and modules that old versions know: this file has to run far enough to say what is missing.
const needed = 24;
const found = Number(process.versions.node.split('.')[0]);

if (found < needed) {
  process.stderr.write(
    `USAGE_NODE_TOO_OLD  harvest-bq needs Node.js ${needed} or newer, and this is ${process.versions.node}: install it from https://nodejs.org\n`,
  );
  process.exitCode = 2;
} else {
  void import('./main.ts').then((program) => program.main());
}
