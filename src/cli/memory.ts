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
 * The environment that does the same for memory outside of the heap. glibc: one pool for all threads, and what is large (bytes) is
 * given back at once; 45 MB less. The allocator in DuckDB: pages are given back as soon as they are free, not after a second; 35 MB
 * less, for a twelfth of processor time more. Who does not know a name does not read it.
 */
export const ALLOCATOR = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '1048576',
  DUCKDB_JE_MALLOC_CONF: 'dirty_decay_ms:0,muzzy_decay_ms:0',
};
