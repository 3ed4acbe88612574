/** The records of one page → lines of a spool, as far as their bytes can be copied; the others are handed out parsed. */
import type { JsonObject } from '../harvest/json.ts';
import type { Records, SentRecords } from '../harvest/record-list.ts';
import type { RowLines } from '../warehouse/spool.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { NOT_COPIED, type RecordCopier } from './copy-record.ts';
import type { SeenDrift } from './digest.ts';
import { tellsPaid } from './payments.ts';

/**
 * What copies the records of a page; null where the stream's rows are made, or more has to be known of each record than its
 * key and its date: whether it is hidden, and what was paid.
 */
export function copierOf(
  records: Iterable<JsonObject>,
  lines: RowLines | null,
  { stream, copier }: ChosenStream,
  { config }: Pick<RunContext, 'config'>,
): PageCopier | null {
  if (copier === null || lines === null || stream.hidden_by !== undefined || tellsPaid(stream.name))
    return null;
  const { sent = null } = records as Partial<Records>;
  return sent === null ? null : new PageCopier(copier, sent, lines, config.startDate);
}

/** What is done with the records of a page. */
export interface PageTaker {
  /** Takes note of a record whose row is written: its key, and properties that the schema does not know. */
  readonly copied: (key: number, drift: readonly SeenDrift[]) => void;
  /** Takes a record that cannot be copied. Its row has to be written before the next record's is. */
  readonly other: (record: JsonObject) => Promise<void>;
}

/** A page on its way to a spool. */
export class PageCopier {
  readonly #copier: RecordCopier;
  readonly #sent: SentRecords;
  readonly #lines: RowLines;
  readonly #startDate: string;
  #place = 0;

  /** `startDate`: records before it are not copied; null: there is none. */
  constructor(copier: RecordCopier, sent: SentRecords, lines: RowLines, startDate: string | null) {
    this.#copier = copier;
    this.#sent = sent;
    this.#lines = lines;
    this.#startDate = startDate ?? '';
  }

  /** Goes through the page, record by record; there is no promise for one that is copied. */
  async take({ copied, other }: PageTaker): Promise<void> {
    const { starts, ends, parse } = this.#sent;
    for (const [place, start] of starts.entries()) {
      this.#place = place;
      const mostBytes = this.#copier.mostBytes((ends[place] ?? 0) - start);
      let done = this.#lines.append(mostBytes, this.#write);
      if (done === 'full') {
        await this.#lines.makeRoom(mostBytes);
        done = this.#lines.append(mostBytes, this.#write);
      }
      if (done === 'written') copied(this.#copier.key, this.#copier.drift);
      else await other(parse(place));
    }
  }

  readonly #write = (out: Buffer, to: number): number => {
    const { bytes, starts } = this.#sent;
    const end = this.#copier.copy(bytes, starts[this.#place] ?? 0, out, to);
    const { date } = this.#copier;
    return date !== '' && date < this.#startDate ? NOT_COPIED : end;
  };
}
