import { randomInt } from 'node:crypto';

/** Digits that cannot be mistaken for each other (Crockford's base 32). */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 6;

/** A run's name: sorts by time, never used twice. `01KAC7M2Q4X8NB3D` */
export function newRunId(at: Date): string {
  let id = '';
  let rest = at.getTime();
  for (let digit = 0; digit < TIME_DIGITS; digit += 1) {
    id = (DIGITS[rest % DIGITS.length] ?? '') + id;
    rest = Math.floor(rest / DIGITS.length);
  }
  for (let digit = 0; digit < RANDOM_DIGITS; digit += 1) id += DIGITS[randomInt(DIGITS.length)] ?? '';
  return id;
}
