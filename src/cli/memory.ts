/**
 * How commands that read whole accounts are started. Only syntax that old versions of Node.js know: bin.ts reads this before it
 * has looked at the version.
 */

/** Commands that read whole accounts. */
export const HEAVY_COMMANDS = ['sync', 'backfill', 'verify', 'demo'];

/**
 * Flags of Node.js, in MB, so that garbage is collected early: left alone, a process on a machine with much memory keeps
 * hundreds of megabytes of pages that nobody needs any more.
 */
export const HEAP_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=400'];

/**
 * The environment that does the same for memory outside of the heap, where glibc reads it: one pool for all threads, and what
 * is large (bytes) is given back at once. Measured: 45 MB less.
 */
export const ALLOCATOR = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '1048576',
};
