/** Whether what a lagging cell is made of has changed after its row was last read: asked for when a cell differs, once each. */
import { plainText } from '../sync/cast.ts';
import type { Row } from '../warehouse/table.ts';
import type { RunContext } from '../sync/context.ts';
import { ASSIGNMENTS } from '../sync/follow-ups.ts';
import { holderOf, storedBeside } from './beside.ts';
import { Changes, instantOf, type Times } from './changes.ts';
import { sourcesOf, type Source } from './lags.ts';
import { isPaidOtherwise } from './paid-otherwise.ts';

/** A cell that differs, and the record that it is of. */
export interface LaggingCell {
  readonly table: string;
  /** As differences name it. */
  readonly column: string;
  readonly harvest: string | null;
  /** The shaped record. */
  readonly row: Row;
  /** The cells of the stored row, by column. */
  readonly stored: ReadonlyMap<string, string | null>;
}

/** Tells whether a cell lags, or differs for no reason that is granted. */
export class Evidence {
  readonly #context: RunContext;
  readonly #changes: Changes;
  readonly #paid = new Map<string, Promise<boolean>>();

  constructor(context: RunContext) {
    this.#context = context;
    this.#changes = new Changes(context);
  }

  /**
   * Whether a cell lags: it may, and something that it is made of changed in or after the second in which its record did,
   * or its list was last read whole. The row was delivered after that, so that it has all that was changed before.
   */
  async explains(cell: LaggingCell): Promise<boolean> {
    const sources = sourcesOf(cell.table, cell.column, cell.harvest);
    if (sources === null) return false;
    const since = Math.max(instantOf(cell.row['updated_at']) ?? 0, readAt(cell.table, this.#context));
    for (const source of sources) if (await this.#changed(source, cell, since)) return true;
    return false;
  }

  async #changed(source: Source, cell: LaggingCell, since: number): Promise<boolean> {
    if (source === 'payments') return this.#isPaidOtherwise(plainText(cell.row['id']), since);
    if ('gone' in source) return this.#isGone(source, cell);
    const holder = holderOf(cell);
    if ('embedded' in source) {
      const at = holder[`${source.embedded}_updated_at`];
      // a column that is not chosen says nothing: any change of an assignment may be it
      if (at === undefined) return this.#someChanged(source.stream, since);
      return isSince(instantOf(at), since);
    }
    const id = holder[source.column];
    const isKnown = (typeof id === 'string' || typeof id === 'number') && /^\d+$/.test(String(id));
    if ('rates' in source) {
      const times = isKnown ? await this.#changes.of(source.rates, String(id)) : new Map<string, Times>();
      const isNew = ({ changed, begins }: Times): boolean =>
        isSince(changed, since) || (source.asOf === 'today' && isSince(begins, since));
      return times === null || [...times.values()].some(isNew);
    }
    if (!isKnown) return this.#someChanged(source.stream, since);
    const times = await this.#changes.of(source.stream, null);
    // what is not there any more may have been changed by going
    return times === null || !times.has(String(id)) || isSince(times.get(String(id))?.changed, since);
  }

  #isPaidOtherwise(invoice: string, since: number): Promise<boolean> {
    const known = this.#paid.get(invoice) ?? isPaidOtherwise(invoice, since, this.#changes, this.#context);
    this.#paid.set(invoice, known);
    return known;
  }

  async #someChanged(stream: string, since: number): Promise<boolean> {
    const times = await this.#changes.of(stream, null);
    return times === null || [...times.values()].some(({ changed }) => isSince(changed, since));
  }

  /** Whether Harvest does not have any more what the stored row points at. */
  async #isGone({ gone, column }: Extract<Source, { gone: string }>, cell: LaggingCell): Promise<boolean> {
    const id = storedBeside(column, cell);
    if (id === null) return false;
    const there = await this.#changes.of(gone, null);
    return there === null || !there.has(id);
  }
}

/**
 * When all rows of a table were last read, whether they had changed or not, in milliseconds; 0: it is not known. Of project
 * assignments only this is: all of them within `sweep_children_every`.
 */
function readAt(table: string, { states, config }: RunContext): number {
  if (table !== ASSIGNMENTS) return instantOf(states.listNotes(table).sweptAt) ?? 0;
  const { sweep } = states.childNotes(table);
  return (instantOf(sweep?.at) ?? 0) - config.sync.sweepChildrenEveryMs;
}

function isSince(time: number | null | undefined, since: number): boolean {
  return time !== null && time !== undefined && time >= floorSecond(since);
}

/** Harvest tells whole seconds. */
function floorSecond(time: number): number {
  return Math.floor(time / 1000) * 1000;
}
