import * as fc from 'fast-check';
import type { Column, ColumnType } from '../../src/catalog/column.ts';
import { column, injected, list, scalars } from './columns.ts';

/** Columns of a stream, a choice of them, and records that may or may not fit. */
export interface RandomCase {
  readonly all: readonly Column[];
  readonly chosen: readonly Column[];
  /** Each as JSON text, the way a page arrives. */
  readonly records: readonly string[];
}

/** Stands in every text that must not get out: unchosen, hashed or unknown. */
export const HIDDEN = 'HIDDEN';

/** Every value that is put under an unknown name; the names begin with `new_`. */
const UNKNOWN = fc.constantFrom<unknown>(HIDDEN, null, 1, [HIDDEN], { a: HIDDEN });

const VALUES: Readonly<Record<Exclude<ColumnType, 'RECORD' | 'JSON'>, fc.Arbitrary<unknown>>> = {
  STRING: fc.oneof(fc.constantFrom('', 'ä', '😀', '2026-01-01'), fc.string({ maxLength: 5 })),
  BOOL: fc.boolean(),
  INT64: fc.integer(),
  NUMERIC: fc.integer({ min: -1e9, max: 1e9 }).map((cents) => cents / 100),
  DATE: fc.constantFrom('2024-02-29', '1999-12-31', '2026-11-20'),
  TIMESTAMP: fc.constantFrom('2026-01-31T08:00:00Z', '2024-02-29T23:59:59.123456+02:00'),
};
const TYPES = Object.keys(VALUES) as (keyof typeof VALUES)[];

/** Values that are wrong for most types; small numbers only, so that a validator and NUMERIC agree on them. */
const ANYTHING = fc.constantFrom<unknown>(
  null,
  true,
  7,
  0.5,
  '',
  'x',
  '2023-02-29',
  '2026-02-30T00:00:00Z',
  [],
  [null],
  ['x', 1],
  {},
  { id: null },
);

const flags = fc.record({ required: fc.boolean(), nullable: fc.boolean() });

/** One property: a value, a list of values, an object that becomes columns, or a list of objects. */
function propertyOf(name: string, depth: number): fc.Arbitrary<readonly Column[]> {
  const scalar = fc
    .tuple(fc.constantFrom(...TYPES), flags, fc.boolean())
    .map(([type, part, wish]) => [column(name, type, { ...part, hashed: wish && type === 'STRING' })]);
  const values = fc
    .tuple(fc.constantFrom(...TYPES), flags)
    .map(([type, part]) => [scalars(name, type, part)]);
  if (depth === 0) return fc.oneof(scalar, values);
  const object = propertiesOf(depth - 1).map((inner) =>
    inner.map((each) => ({ ...each, name: `${name}_${each.name}`, path: [name, ...each.path] })),
  );
  const objects = fc
    .tuple(propertiesOf(depth - 1), flags)
    .map(([fields, part]) => [list(name, fields, part)]);
  return fc.oneof({ weight: 3, arbitrary: scalar }, values, object, objects);
}

function propertiesOf(depth: number): fc.Arbitrary<readonly Column[]> {
  return fc
    .integer({ min: 1, max: 4 })
    .chain((count) =>
      fc.tuple(...Array.from({ length: count }, (_, index) => propertyOf(`p${index}`, depth))),
    )
    .map((groups) => groups.flat());
}

/** A part of the columns and, of each list, a part of its fields. */
function partOf(columns: readonly Column[]): fc.Arbitrary<readonly Column[]> {
  return fc
    .tuple(
      ...columns.map((each) =>
        fc.tuple(fc.boolean(), each.fields === undefined ? fc.constant(undefined) : partOf(each.fields)),
      ),
    )
    .map((parts) =>
      columns.flatMap((each, index) => {
        const [isWanted, fields] = parts[index] ?? [false];
        return isWanted ? [fields === undefined ? each : { ...each, fields }] : [];
      }),
    );
}

/** A record for the columns: mostly right, in places wrong, null, missing or more than is known. */
function recordFor(all: readonly Column[], chosen: readonly Column[], depth = 0): fc.Arbitrary<object> {
  const groups = Map.groupBy(
    all.filter(({ path }) => path.length > depth),
    ({ path }) => path[depth] ?? '',
  );
  const properties = [...groups].map(([name, group]) => {
    const [first] = group;
    const own = chosen.find((each) => each.name === first?.name);
    const right =
      first?.path.length === depth + 1 ? valueFor(first, own) : recordFor(group, chosen, depth + 1);
    const value = fc.oneof({ weight: 12, arbitrary: right }, ANYTHING);
    return fc.tuple(fc.constant(name), fc.option(value, { nil: undefined, freq: 12 }));
  });
  const unknown = fc.tuple(
    fc.constantFrom('new_a', 'new_b'),
    fc.option(UNKNOWN, { nil: undefined, freq: 1 }),
  );
  return fc.tuple(...properties, unknown).map((entries) => Object.fromEntries(entries));
}

function valueFor(known: Column, own: Column | undefined): fc.Arbitrary<unknown> {
  if (known.type === 'RECORD') {
    return fc.array(recordFor(known.fields ?? [], own?.fields ?? []), { maxLength: 3 });
  }
  const isHidden = own === undefined || own.hashed === true;
  const single =
    isHidden && known.type === 'STRING'
      ? fc.constant(HIDDEN)
      : VALUES[known.type === 'JSON' ? 'STRING' : known.type];
  return known.mode === 'REPEATED' ? fc.array(single, { maxLength: 3 }) : single;
}

/** Random columns, a random choice of them, and random records. */
export const randomCase: fc.Arbitrary<RandomCase> = propertiesOf(2)
  .map((columns) => [injected('parent_id'), ...columns])
  .chain((all) => fc.tuple(fc.constant(all), partOf(all)))
  .chain(([all, chosen]) =>
    fc
      .array(recordFor(all, chosen), { minLength: 8, maxLength: 8 })
      .map((records) => ({ all, chosen, records: records.map((record) => JSON.stringify(record)) })),
  );
