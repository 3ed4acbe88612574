import { classifyDuckDb } from '../../classify/duckdb.ts';
import { ConnectorError } from '../../errors.ts';

/** Whether DuckDB had too little memory for a statement. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof ConnectorError && error.message.startsWith('Out of Memory');
}

/** Does work whose failures leave as the connector's own. @throws ConnectorError */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw (
      classifyDuckDb(error) ?? new ConnectorError('INTERNAL', 'DuckDB could not be used', { cause: error })
    );
  }
}
