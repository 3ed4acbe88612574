/** Where things stand on an axis, and what its marks say. Pure. */

/** A mark of an axis: where, from 0 to 1, and what stands at it. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Distances between the marks of a time axis, in seconds. */
const STEPS = [
  0.01,
  0.02,
  0.05,
  0.1,
  0.2,
  0.5,
  1,
  2,
  5,
  10,
  15,
  30,
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 6, 12].map((hours) => hours * HOUR),
];

/** Spaces between the marks of a time axis, at most. */
const MOST_SPACES = 6;

/** The marks of an axis of so many seconds, the first at 0. */
export function timeTicks(seconds: number): readonly Tick[] {
  if (!(seconds > 0)) return [{ at: 0, label: shortTime(0) }];
  const days = Math.max(1, Math.ceil(seconds / DAY / MOST_SPACES)) * DAY;
  const step = STEPS.find((each) => seconds / each <= MOST_SPACES) ?? days;
  const count = Math.floor(seconds / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => ({
    at: (index * step) / seconds,
    label: shortTime(index * step),
  }));
}

/** `0.2 s`, `30 s`, `1:30 min`, `2 h`, `1:05 h`. */
export function shortTime(seconds: number): string {
  if (seconds < MINUTE) return `${Number(seconds.toFixed(2))} s`;
  const [unit, name] = seconds < HOUR ? [MINUTE, 'min'] : [HOUR, 'h'];
  const rest = Math.round((seconds % unit) / (unit / 60));
  return `${Math.floor(seconds / unit)}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`} ${name}`;
}

/** A scale in powers: what differs by a factor stands equally far apart. */
export interface PowerScale {
  /** From 0 to 1; nothing, and what is not known, stands at 0. */
  readonly place: (value: number | null) => number;
  readonly ticks: readonly Tick[];
}

const TIMES = [0.01, 0.1, 1, 10, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 10 * DAY, 100 * DAY];

/** A scale for durations in seconds. */
export function durationScale(values: readonly (number | null)[]): PowerScale {
  return powerScale(values, TIMES, shortTime);
}

/** A scale for counts. */
export function countScale(values: readonly (number | null)[]): PowerScale {
  const powers = Array.from({ length: 13 }, (_, power) => 10 ** power);
  return powerScale(values, powers, shortCount);
}

/** `1`, `100`, `1 k`, `100 k`, `1 M`. */
function shortCount(value: number): string {
  if (value < 1000) return String(value);
  return value < 1e6 ? `${value / 1000} k` : `${value / 1e6} M`;
}

function powerScale(
  values: readonly (number | null)[],
  marks: readonly number[],
  label: (value: number) => string,
): PowerScale {
  const [first = 1] = marks;
  const known = values.filter((value) => value !== null && value > 0) as readonly number[];
  const least = Math.min(...known);
  const most = Math.max(...known);
  const low = known.length === 0 ? first : (marks.slice(0, -1).findLast((mark) => mark < least) ?? first);
  const high = marks.find((mark) => mark >= most && mark > low) ?? low * 10;
  const span = Math.log(high / low);
  const place = (value: number | null): number =>
    value === null || value <= low ? 0 : Math.min(1, Math.log(value / low) / span);
  const ticks = marks
    .filter((mark) => mark >= low && mark <= high)
    .map((mark) => ({ at: place(mark), label: mark === low && values.includes(0) ? '0' : label(mark) }));
  return { place, ticks };
}

/** A part of a whole as a length in SVG: `12.5%`. */
export function percent(part: number): string {
  return `${Number((Math.min(1, Math.max(0, part)) * 100).toFixed(3))}%`;
}
