/**
 * How much is written to the log before it is brought into the file. Measured: at DuckDB's 16 MB each commit of a first load
 * was followed by that, and the last rows of the table were compressed again each time, a seventh of all work.
 */
const LOG_LIMIT = '32MB';

/**
 * How much DuckDB may take; its default is most of the machine. Measured: a window of 40,000 rows of 55 columns needs
 * 90 MB. One thread, since each has buffers of its own and there is one writer anyway. What is freed goes
 * back to the system at once, which keeps the process some 60 MB smaller at no cost that could be measured.
 */
export const LIMITS = {
  memory_limit: '112MB',
  threads: '1',
  preserve_insertion_order: 'false',
  allocator_background_threads: 'true',
  allocator_flush_threshold: '1MB',
  allocator_bulk_deallocation_flush_threshold: '1MB',
  wal_autocheckpoint: LOG_LIMIT,
};

/**
 * Rows that are compressed together; DuckDB takes 122,880. What fills whole groups goes to the file as it is inserted: a window of
 * a first load then passes neither through the log nor through compression twice, which halved what commits take. Files
 * may hold groups of several sizes, and whoever opens one needs to know nothing of it (tried with DuckDB 1.5.5).
 */
export const ROWS_PER_GROUP = 20_480;

/** What a load may take that does not fit into the limit, such as one that changes hundreds of thousands of rows. */
export const ROOMY_LIMIT = '1GB';
