import { DateTime } from 'luxon';
import type { Stream } from '../../catalog/stream.ts';
import { ConnectorError } from '../../errors.ts';
import { notesForCursor, resetNotes } from '../../sync/restore.ts';
import type { StateChange } from '../../warehouse/warehouse.ts';
import { textOf } from '../flags.ts';
import type { Outcome } from '../outcome.ts';
import { edit, namedStreams, type StateWork, type States } from './work.ts';

/** `state reset <streams…>`: the next sync loads them anew; what is owed to other tables stays noted. */
export function resetStreams(work: StateWork): Promise<Outcome> {
  if (work.words.length === 0) throw usage('state reset takes the streams that are to be loaded anew.');
  const streams = namedStreams(work);
  const names = streams.map(({ name }) => name).join(', ');
  return edit(work, {
    action: 'reset',
    announcement: `The next sync reads ${names} again as a whole. No row is deleted.`,
    changes: (states) => Promise.resolve(streams.flatMap((stream) => resetOf(stream, states))),
  });
}

function resetOf(stream: Stream, states: States): readonly StateChange[] {
  const stored = states.get(stream.name);
  if (stored === undefined) return [];
  const { version, state } = stored;
  return [{ stream: stream.name, expectedVersion: version, cursor: null, state: resetNotes(stream, state) }];
}

/** `state set <stream> --cursor <instant>`: the next sync asks for what changed since then. */
export function setCursor(work: StateWork): Promise<Outcome> {
  const { words, flags, context } = work;
  const text = textOf(flags, 'cursor');
  if (words.length !== 1 || text === null) throw usage('state set takes one stream and --cursor.');
  const [stream, ...others] = namedStreams(work);
  if (stream === undefined || others.length > 0) throw usage('state set takes one stream.');
  if (stream.sync !== 'incremental' || stream.parent !== undefined) {
    throw usage(
      `${stream.name} is not read by what changed since an instant.`,
      `Load it anew in place of that: harvest-bq state reset ${stream.name}`,
    );
  }
  const cursor = instantOf(text, context.now());
  return edit(work, {
    action: 'set',
    announcement: `The next sync asks for what changed in ${stream.name} since ${cursor}. What changed before that and is not stored is not asked for.`,
    changes: (states) => Promise.resolve([setOf(stream, cursor, states)]),
  });
}

/** @throws ConnectorError STREAM_NOT_LOADED */
function setOf({ name }: Stream, cursor: string, states: States): StateChange {
  const stored = states.get(name);
  if (stored === undefined || stored.cursor === null) {
    throw new ConnectorError('STREAM_NOT_LOADED', `${name} has not been loaded completely yet.`);
  }
  return { stream: name, expectedVersion: stored.version, cursor, state: notesForCursor(stored.state) };
}

function instantOf(text: string, now: Date): string {
  const instant = DateTime.fromISO(text, { zone: 'utc' });
  if (!instant.isValid) throw usage(`--cursor ${text} is no instant.`, 'Write it so: 2026-11-20T06:00:00Z');
  if (instant.toMillis() > now.getTime()) throw usage(`--cursor ${text} lies in the future.`);
  return instant.startOf('second').toISO({ suppressMilliseconds: true });
}

function usage(message: string, hint = 'Look at: harvest-bq state --help'): ConnectorError {
  return new ConnectorError('USAGE_INVALID', message, { hint, details: { command: 'state' } });
}
