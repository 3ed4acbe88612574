import type { Tombstone } from './erasure.ts';

/** A tombstone from its columns `kind`, `record_id` and `digests`. */
export function tombstoneOf([kind, recordId, digests]: readonly (string | null)[]): Tombstone {
  const parsed: unknown = JSON.parse(digests ?? '[]');
  return {
    kind: kind ?? '',
    recordId: recordId ?? '',
    digests: Array.isArray(parsed) ? parsed.filter((each) => typeof each === 'string') : [],
  };
}
