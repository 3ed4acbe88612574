import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';

/** The file of a DuckDB destination. */
export function fileOf({ destination }: Config): string {
  if (destination.type === 'duckdb') return destination.path;
  throw new ConnectorError('INTERNAL', 'a destination other than a file passed the checks');
}
