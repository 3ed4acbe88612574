/**
 * Sums by group: ours from the rows of the warehouse, Harvest's from the rows of a report. Exact; only money that was
 * worked out from hours is allowed to differ, by what rounding can do. Pure.
 */
import { plainDecimal, plainText } from '../sync/cast.ts';
import type { JsonObject } from '../harvest/json.ts';
import { distance, fromUnits, HALF_CENT, toUnits } from './decimal.ts';
import { SUM, type Comparable, type Measure } from './facts.ts';
import type { ProjectFacts } from './projects.ts';

/** The sums of one group, by measure. */
export interface Group {
  readonly values: Map<Measure, bigint>;
  /** How far `billable_amount` may be off. */
  tolerance: bigint;
}

/** Sums by `entity|currency`. */
export type Groups = Map<string, Group>;

/** Where a group of rows in the warehouse belongs: its project's facts, or those of one that Harvest does not have. */
const NO_PROJECT: ProjectFacts = { isBillable: true, isFixedFee: false, currency: '' };

/**
 * Our side: rows of project, entity and sums. A fixed fee is no money here, and what its project does not bill is not
 * billable.
 *
 * Rounding: Harvest does not say whether it rounds each entry to cents or only their sum. An entry that is worth a
 * whole number of cents cannot be rounded; each other one can be off by half a cent.
 */
export function ourGroups(
  rows: readonly (readonly (string | null)[])[],
  projects: ReadonlyMap<string, ProjectFacts>,
  { fact, measures }: Comparable,
): Groups {
  const groups: Groups = new Map();
  for (const [project, entity, ...sums] of rows) {
    const facts = projects.get(project ?? '') ?? NO_PROJECT;
    const group = groupOf(groups, entity ?? '', facts.currency);
    const isPaid = facts.isBillable && !(facts.isFixedFee && fact.rate !== null);
    const add = (measure: Measure, at: number, counts: boolean): void => {
      if (!measures.includes(measure)) return;
      const known = group.values.get(measure) ?? 0n;
      group.values.set(measure, known + (counts ? toUnits(sums[at]) : 0n));
    };
    add('total_hours', SUM.quantity, true);
    add('total_amount', SUM.quantity, true);
    add('billable_hours', SUM.billable, facts.isBillable);
    add('billable_amount', fact.rate === null ? SUM.billable : SUM.money, isPaid);
    if (isPaid && fact.rate !== null) group.tolerance += BigInt(sums[SUM.fractions] ?? '0') * HALF_CENT;
  }
  return groups;
}

/** Harvest's side: rows of a report. */
export function theirGroups(
  records: readonly JsonObject[],
  column: string,
  { measures }: Comparable,
): Groups {
  const groups: Groups = new Map();
  for (const record of records) {
    const currency = record['currency'];
    const group = groupOf(groups, plainText(record[column]), typeof currency === 'string' ? currency : '');
    for (const measure of measures) {
      const value = plainDecimal(plainText(record[measure])) ?? '0';
      group.values.set(measure, (group.values.get(measure) ?? 0n) + toUnits(value));
    }
  }
  return groups;
}

/** The same over all currencies, without money that was worked out from hours. */
export function withoutMoney(groups: Groups): Groups {
  const merged: Groups = new Map();
  for (const [key, { values }] of groups) {
    const group = groupOf(merged, key.split('|')[0] ?? '', '');
    for (const [measure, value] of values) {
      if (measure !== 'billable_amount') group.values.set(measure, (group.values.get(measure) ?? 0n) + value);
    }
  }
  return merged;
}

/** A measure of a group that differs. */
export interface GroupDifference {
  readonly entity: string;
  readonly currency: string;
  readonly measure: Measure;
  readonly ours: string;
  readonly harvest: string;
}

const NO_GROUP: Group = { values: new Map(), tolerance: 0n };

/** All measures that differ. A group that only one side has is nothing but zeros on the other. */
export function compareGroups(ours: Groups, theirs: Groups): readonly GroupDifference[] {
  const found: GroupDifference[] = [];
  for (const key of [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()) {
    const [entity = '', currency = ''] = key.split('|');
    const [our, their] = [ours.get(key) ?? NO_GROUP, theirs.get(key) ?? NO_GROUP];
    for (const measure of new Set([...our.values.keys(), ...their.values.keys()])) {
      const [one, other] = [our.values.get(measure) ?? 0n, their.values.get(measure) ?? 0n];
      if (distance(one, other) <= (measure === 'billable_amount' ? our.tolerance : 0n)) continue;
      found.push({ entity, currency, measure, ours: fromUnits(one), harvest: fromUnits(other) });
    }
  }
  return found;
}

function groupOf(groups: Groups, entity: string, currency: string): Group {
  const key = `${entity}|${currency}`;
  const known = groups.get(key);
  if (known !== undefined) return known;
  const fresh: Group = { values: new Map(), tolerance: 0n };
  groups.set(key, fresh);
  return fresh;
}
