/** A door through which every commit and every staged load of a run is seen. */
import type { WarehouseDoor } from '../../src/warehouse/door.ts';
import type { Commit, TableLoad } from '../../src/warehouse/warehouse.ts';
import { interpose } from './interpose.ts';

/** What went through the door. */
export interface Seen {
  readonly commits: Commit[];
  readonly loads: TableLoad[];
  readonly wrapDoor: (door: WarehouseDoor) => WarehouseDoor;
}

/** Watches one run; `before` happens before each of its commits. */
export function watchDoor(before: (commit: Commit) => Promise<void> = async () => {}): Seen {
  const commits: Commit[] = [];
  const loads: TableLoad[] = [];
  return {
    commits,
    loads,
    wrapDoor: (door) => ({
      ...door,
      open: async (session) =>
        interpose(await door.open(session), {
          commit: async (_warehouse, commit) => {
            commits.push(commit as Commit);
            await before(commit as Commit);
          },
          prepare: async (_warehouse, load) => {
            loads.push(load as TableLoad);
          },
        }),
    }),
  };
}

/** The tables of loads, in order of their names. */
export function tablesOf(loads: readonly TableLoad[]): readonly string[] {
  return loads.map(({ table }) => table.name).toSorted();
}
