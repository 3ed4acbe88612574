/** A warehouse that is not there yet, for who only wants to know what would be made of it. */
import { ConnectorError } from '../errors.ts';
import type { Checks } from './checks.ts';
import type { Capabilities, TablePlan, Warehouse } from './warehouse.ts';

/** What is known of it all the same. */
export interface AbsentWarehouse {
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly planTables: (...args: Parameters<Warehouse['planTables']>) => TablePlan;
}

/** Answers as a warehouse without any table; whoever wants to write to it is told that it is not there. */
export function absentWarehouse({ label, capabilities, planTables }: AbsentWarehouse): Warehouse {
  const refuse = (): Promise<never> =>
    Promise.reject(new ConnectorError('WAREHOUSE_MISSING', `${label} does not exist yet`));
  const none =
    <Value>(value: Value) =>
    (): Promise<Value> =>
      Promise.resolve(value);
  const checks: Checks = {
    readColumns: none(new Map()),
    readSums: none([]),
    readDuplicates: refuse,
    readOrphans: refuse,
    readUnbalanced: refuse,
    readHistoryFaults: refuse,
  };
  return {
    label,
    capabilities,
    checks,
    planTables: (tables, views) => Promise.resolve(planTables(tables, views)),
    ensure: refuse,
    readStates: none(new Map()),
    readIds: none([]),
    readRows: none([]),
    readLive: none(new Map()),
    prepare: refuse,
    commit: refuse,
    pruneHistory: refuse,
    emptyColumns: refuse,
    readErasures: none([]),
    lookUp: none([]),
    eraseValues: refuse,
    forgetTraces: refuse,
    inventory: refuse,
    drop: refuse,
    append: refuse,
    counts: none(new Map()),
    readHousekeeping: none([]),
    query: refuse,
    [Symbol.asyncDispose]: none(undefined),
  };
}
