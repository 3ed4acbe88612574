import { describe, expect, it } from '@jest/globals';
import { classifyDuckDb } from '../../src/classify/duckdb.ts';

const CASES: readonly (readonly [message: string, code: string])[] = [
  [
    'IO Error: Could not set lock on file "/d/a.duckdb": Conflicting lock is held in /usr/bin/duckdb (PID 42). See also https://duckdb.org',
    'WAREHOUSE_BUSY',
  ],
  ['IO Error: The file "/d/a" exists, but it is not a valid DuckDB database file!', 'WAREHOUSE_NOT_DUCKDB'],
  [
    'IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2 in block at location 4096',
    'WAREHOUSE_NOT_DUCKDB',
  ],
  [
    'IO Error: Trying to read a database file with version number 99, but we can only read versions between 64 and 67.',
    'WAREHOUSE_NOT_DUCKDB',
  ],
  [
    'IO Error: Could not read enough bytes from file "/d/a": attempted to read 3192 bytes from location 5000',
    'WAREHOUSE_NOT_DUCKDB',
  ],
  ['IO Error: Cannot open database "/d/a" in read-only mode: database does not exist', 'WAREHOUSE_MISSING'],
  ['IO Error: Cannot open file "/d/a": Is a directory', 'WAREHOUSE_UNWRITABLE'],
  ['IO Error: Cannot open file "/d/a": Not a directory', 'WAREHOUSE_UNWRITABLE'],
  ['IO Error: Cannot open file "/d/a": No such file or directory', 'WAREHOUSE_UNWRITABLE'],
  ['IO Error: Cannot open file "/d/a": Permission denied', 'WAREHOUSE_UNWRITABLE'],
  ['IO Error: Cannot open file "/d/a": Read-only file system', 'WAREHOUSE_UNWRITABLE'],
  ['IO Error: Could not write file "/d/a": No space left on device', 'DISK_FULL'],
  ['IO Error: Could not write file "/d/a": File too large', 'DISK_FULL'],
  [
    'Out of Memory Error: failed to offload data block of size 256.0 KiB (max_temp_directory_size was reached)',
    'DISK_FULL',
  ],
  [
    'TransactionContext Error: Failed to commit: Could not write file "/d/a.wal": No space left on device',
    'DISK_FULL',
  ],
  [
    'Out of Memory Error: failed to allocate data of size 32.0 MiB (95.6 MiB/122.0 MiB used)',
    'WAREHOUSE_FAILED',
  ],
  ['Constraint Error: Duplicate key "id: 1" violates primary key constraint.', 'WAREHOUSE_FAILED'],
  ['Catalog Error: Table with name nope does not exist!\nDid you mean "clients"?', 'WAREHOUSE_FAILED'],
  [
    'FATAL Error: Failed: database has been invalidated because of a previous fatal error.',
    'WAREHOUSE_FAILED',
  ],
];

describe('classifyDuckDb', () => {
  it.each(CASES)('reads %j as %s', (message, code) => {
    const cause = new Error(message);
    expect(classifyDuckDb(cause)).toMatchObject({ code, cause });
  });

  it('names the program and process that hold the file', () => {
    const error = classifyDuckDb(new Error(CASES[0]?.[0]));
    expect(error?.message).toBe('/d/a.duckdb is open in another program: /usr/bin/duckdb, process 42');
    expect(error?.details).toMatchObject({ pid: 42 });
  });

  it('repeats no value of a record', () => {
    const messages = [
      "Conversion Error: Could not convert string 'ada@example.com' to INT64\n\nLINE 1: …",
      'Constraint Error: Duplicate key "email: ada@example.com" violates unique constraint.',
      'Invalid Input Error: Failed to parse "ada@example.com"',
    ];
    for (const message of messages) expect(classifyDuckDb(new Error(message))?.message).not.toContain('ada');
  });

  it('leaves what is not from DuckDB to others', () => {
    for (const other of [
      new Error('read ECONNRESET'),
      'IO Error: text',
      null,
      new TypeError('x is not a function'),
    ]) {
      expect(classifyDuckDb(other)).toBeNull();
    }
  });
});
