#!/usr/bin/env node
// Only syntax and modules that old versions know: this file has to run far enough to say what is missing.
import { ALLOCATOR, HEAP_FLAGS, HEAVY_COMMANDS } from './memory.ts';

const needed = 24;
const found = Number(process.versions.node.split('.')[0]);

if (found < needed) {
  process.stderr.write(
    `USAGE_NODE_TOO_OLD  harvest-bq needs Node.js ${needed} or newer, and this is ${process.versions.node}: install it from https://nodejs.org\n`,
  );
  process.exitCode = 2;
} else {
  keepHeapSmall();
  void import('./main.ts').then((program) => program.main());
}

/** Starts this program anew in the same process with the limits of its memory that whoever started it has not chosen. */
function keepHeapSmall(): void {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').replaceAll('_', '-');
  const isHeavy = process.argv.slice(2).some((word) => HEAVY_COMMANDS.includes(word));
  const missing = HEAP_FLAGS.filter((limit) => !given.includes(limit.slice(2, limit.indexOf('='))));
  const env = { ...ALLOCATOR, ...process.env };
  const isLimited = missing.length === 0 && Object.keys(ALLOCATOR).every((name) => name in process.env);
  if (!isHeavy || isLimited || typeof process.execve !== 'function') return;
  try {
    const args = [process.execPath, ...missing, ...process.execArgv, ...process.argv.slice(1)];
    process.execve(process.execPath, args, env);
  } catch {
    // Windows cannot replace a process: the program then runs as it was started
  }
}
