/** Whether a checkpoint that comes from a file has the form that the engine writes. Pure. */
import { isCalendarDate } from '../../config/calendar-date.ts';

type Check = (value: unknown) => boolean;

const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$/;

const isText: Check = (value) => typeof value === 'string';
const isInstant: Check = (value) =>
  typeof value === 'string' &&
  INSTANT.test(value) &&
  !Number.isNaN(Date.parse(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')));
const isDate: Check = (value) => typeof value === 'string' && isCalendarDate(value);
const isCount: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isFlag: Check = (value) => typeof value === 'boolean';
const isId: Check = (value) => typeof value === 'string' && /^\d+$/.test(value);
const isMonth: Check = (value) => typeof value === 'string' && /^\d{4}-(0[1-9]|1[0-2])$/.test(value);
const isUrl: Check = (value) => typeof value === 'string' && URL.canParse(value);

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((item) => check(item));
const mapOf =
  (key: Check, check: Check): Check =>
  (value) =>
    isObject(value) && Object.entries(value).every(([name, item]) => key(name) && check(item));
/** An object whose fields, where they are there, pass; others are let through, as a later version may have added them. */
const shape =
  (fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (value) =>
    isObject(value) &&
    required.every((name) => value[name] !== undefined) &&
    Object.entries(fields).every(([name, check]) => value[name] === undefined || check(value[name]));

const isSpan = shape({ from: orNull(isDate), to: orNull(isDate) }, ['from', 'to']);

/** Notes of streams of all kinds, by their names. */
const NOTES: Readonly<Record<string, Check>> = {
  load: shape(
    { startedAt: isInstant, spans: listOf(isSpan), undated: isCount, link: isUrl, place: isCount },
    ['startedAt'],
  ),
  months: mapOf(isMonth, isInstant),
  renames: listOf(isId),
  hidden: isFlag,
  content: (value) => isText(value) || mapOf(isMonth, isText)(value),
  recent: mapOf(isText, isText),
  sweptAt: isInstant,
  apart: (value) => typeof value === 'number' && Number.isInteger(value),
  rejected: (value) => value === 'many' || mapOf(isText, isText)(value),
  goneProjects: listOf(isId),
  missing: listOf(isSpan),
  outside: isDate,
  snapshot: shape({ date: isDate, content: isText }, ['date']),
  pending: listOf(isId),
  pendingProjects: listOf(isId),
  parentsLeave: isFlag,
  anew: isFlag,
  sweep: shape({ next: isCount, owed: isCount, at: isInstant, digests: mapOf(isText, isText) }, [
    'next',
    'owed',
    'at',
  ]),
  firstFact: isDate,
};

/** What is wrong with a checkpoint, as the place in it; null: nothing. */
export function faultIn(value: unknown, streams: ReadonlySet<string>): string | null {
  if (!isObject(value)) return ' is no object';
  const { stream, version, cursor, state } = value;
  if (typeof stream !== 'string') return '.stream is no text';
  if (!stream.startsWith('_') && !streams.has(stream)) return `.stream: there is no stream ${stream}`;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    return '.version is no number above 0';
  if (cursor !== null && !isInstant(cursor)) return '.cursor is no instant';
  if (state !== null && !isObject(state)) return '.state is no object';
  if (stream.startsWith('_') || state === null) return null;
  const wrong = Object.entries(NOTES).find(
    ([name, check]) => state[name] !== undefined && !check(state[name]),
  );
  return wrong === undefined
    ? null
    : `.state.${wrong[0]} (of ${stream}) has another form than the engine writes`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
