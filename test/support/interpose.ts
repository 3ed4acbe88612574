/** Puts something before the methods of a warehouse, so that tests can bring about a certain order of events. */
import type { Warehouse } from '../../src/warehouse/warehouse.ts';

/** What happens before a method is called, with its arguments. */
export type Before = Partial<
  Record<keyof Warehouse, (warehouse: Warehouse, ...args: readonly unknown[]) => Promise<void>>
>;

/** The same warehouse, with what has to happen before its methods. */
export function interpose(warehouse: Warehouse, before: Before): Warehouse {
  return new Proxy(warehouse, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...args: readonly unknown[]) => unknown;
      const happen = before[name as keyof Warehouse];
      if (happen === undefined) return method;
      return async (...args: readonly unknown[]) => {
        await happen(target, ...args);
        return method(...args);
      };
    },
  });
}
