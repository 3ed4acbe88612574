#!/usr/bin/env node
// Only syntax and modules that old versions know: this file has to run far enough to say what is missing.
const needed = 24;
const found = Number(process.versions.node.split('.')[0]);

/**
 * Commands that read whole accounts. Their garbage is collected early: left alone, a process on a machine with much
 * memory keeps hundreds of megabytes of pages that nobody needs any more.
 */
const heavy = ['sync', 'backfill', 'verify', 'demo'];
const heap = ['--max-semi-space-size=2', '--max-old-space-size=400'];

/**
 * The same for memory outside of the heap, where glibc does it: one pool for all threads, and what is large is given back at
 * once. Measured: 45 MB less.
 */
const allocator = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '1048576',
};

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
  const isHeavy = process.argv.slice(2).some((word) => heavy.includes(word));
  const missing = heap.filter((limit) => !given.includes(limit.slice(2, limit.indexOf('='))));
  const env = { ...allocator, ...process.env };
  const isLimited = missing.length === 0 && Object.keys(allocator).every((name) => name in process.env);
  if (!isHeavy || isLimited || typeof process.execve !== 'function') return;
  try {
    const args = [process.execPath, ...missing, ...process.execArgv, ...process.argv.slice(1)];
    process.execve(process.execPath, args, env);
  } catch {
    // Windows cannot replace a process: the program then runs as it was started
  }
}
