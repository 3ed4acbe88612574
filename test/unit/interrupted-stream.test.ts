import { expect, it } from '@jest/globals';
import { ConnectorError } from '../../src/errors.ts';
import { failureOf } from '../../src/events.ts';
import { eventText } from '../../src/report/event-text.ts';
import { FAILED, streamResult } from '../cli/support/events.ts';

it('a stream that a signal stopped is a warning, one that failed an error', () => {
  const failure = failureOf(new ConnectorError('RUN_INTERRUPTED', 'Stopped by SIGTERM.'));
  const stopped = streamResult('clients', { outcome: 'failed', failure });
  expect(eventText({ event: 'stream.failed', ...stopped })).toEqual({
    level: 'warning',
    message: 'clients: Stopped by SIGTERM.',
  });
  expect(eventText({ event: 'stream.failed', ...FAILED }).level).toBe('error');
});
