/** A record that became no row → the row of it in `_rejects`, or the end of the stream where the configuration says so. */
import { ConnectorError } from '../errors.ts';
import type { Row } from '../warehouse/table.ts';
import type { RunContext } from './context.ts';
import type { Reject } from './row.ts';

/**
 * The row of a reject; `parts` are those of the record's key, as far as they can be told.
 * @throws ConnectorError RECORD_INVALID under `on_invalid: fail`
 */
export function rejectRow(
  { path, reason, record, isWithheld = false }: Reject,
  { stream, parts }: { readonly stream: string; readonly parts: readonly string[] },
  { config, runId, now }: Pick<RunContext, 'config' | 'runId' | 'now'>,
): Row {
  const key = parts.join('|');
  if (config.sync.onInvalid === 'fail')
    throw new ConnectorError('RECORD_INVALID', `${stream} ${key}: ${path} ${reason}`, { stream });
  return {
    stream,
    record_key: parts.every((part) => part !== '') ? key : null,
    path,
    reason,
    record: isWithheld ? null : record,
    run_id: runId,
    rejected_at: now().toISOString(),
  };
}
