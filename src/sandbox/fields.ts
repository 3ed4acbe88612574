/** Reading the body of a write: each field has a kind, unknown ones are ignored, wrong ones are a 422. */
import type { Account, Tables } from './account.ts';
import { unprocessable } from './answer.ts';
import { isDate } from './calendar.ts';
import type { Rec } from './model.ts';

/** A trailing `?` allows null; `clients`, `users` … stand for the id of such a row. */
export type FieldKind =
  | 'text' | 'text?' | 'flag' | 'number' | 'number?' | 'date' | 'date?' | 'texts' | 'ids' | 'objects' | 'object?'
  | keyof Tables | `${keyof Tables}?`; // prettier-ignore

export type Fields = Readonly<Record<string, FieldKind>>;

/**
 * The known fields of a body, checked.
 * @throws Refusal 422 for a value of the wrong kind, a missing required field or an id that does not exist
 */
export function readFields(account: Account, fields: Fields, body: Rec, required: readonly string[]): Rec {
  const given: Rec = {};
  for (const [name, kind] of Object.entries(fields)) {
    const value = body[name];
    if (value === undefined) continue;
    if (!fits(account, kind, value)) throw unprocessable(`${name} is invalid`);
    given[name] = value;
  }
  for (const name of required) {
    if (given[name] === undefined || given[name] === '') throw unprocessable(`${name} can't be blank`);
  }
  return given;
}

const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  flag: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  date: (value) => typeof value === 'string' && isDate(value),
  texts: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  ids: (value) => Array.isArray(value) && value.every((each) => Number.isInteger(each)),
  objects: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null),
  object: (value) => typeof value === 'object' && !Array.isArray(value),
};

function fits(account: Account, kind: FieldKind, value: unknown): boolean {
  if (value === null) return kind.endsWith('?');
  const bare = kind.replace('?', '');
  const test = FITS[bare];
  if (test !== undefined) return test(value);
  return typeof value === 'number' && account.tables[bare as keyof Tables].get(value) !== undefined;
}
