/** Everything that can be done by hand, in any order, between runs: afterwards all tables equal the account. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConnectorError } from '../../src/errors.ts';
import { say, type Said } from '../cli/support/in-process.ts';
import type { EngineOptions } from '../support/engine.ts';
import { openOffice, type Office } from '../support/office.ts';
import { recordsOf } from '../support/pick.ts';
import { randomFrom } from '../support/random.ts';
import { environmentOfEngine } from '../e2e/support/environment.ts';

const STREAMS = [
  'clients',
  'projects',
  'users',
  'tasks',
  'time_entries',
  'expenses',
  'invoices',
  'invoice_messages',
  'invoice_payments',
  'time_clients',
  'expenses_clients',
  'uninvoiced',
];
const STARTS = [null, '2025-09-01', '2025-11-10', '2025-12-20', '2026-01-15', '2026-02-01'];
const DATES = ['2025-10-03', '2025-12-24', '2026-01-20', '2026-03-01'];
const HOUR_MS = 3_600_000;

/** One account and whoever works on its file. */
class Desk {
  readonly office: Office;
  readonly log: string[] = [];
  readonly files: string[] = [];
  readonly #random: () => number;
  startDate: string | null = null;

  constructor(office: Office, seed: number) {
    this.office = office;
    this.#random = randomFrom(seed);
    this.startDate = this.any(STARTS);
  }

  any<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  number(below: number): number {
    return Math.floor(this.#random() * below);
  }

  id(stream: string): number {
    return this.any(recordsOf(this.office, stream)).id;
  }

  sync(options: EngineOptions = {}): ReturnType<Office['sync']> {
    return this.office.sync({
      streams: STREAMS,
      allowDeletes: true,
      config: { startDate: this.startDate },
      ...options,
    });
  }

  async command(line: string): Promise<Said> {
    const { target, path } = this.office;
    const said = await say(line, {
      cwd: dirname(path),
      env: {
        ...environmentOfEngine(target, path),
      },
    });
    if (said.error !== null) throw said.error;
    return said;
  }
}

type Step = (desk: Desk) => unknown;

/** What happens in Harvest. */
const IN_HARVEST: Readonly<Record<string, Step>> = {
  entry: (desk) =>
    desk.office.sandbox.account.update('time_entries', desk.id('time_entries'), {
      hours: desk.number(800) / 100,
    }),
  'entry moves': (desk) =>
    desk.office.sandbox.account.update('time_entries', desk.id('time_entries'), {
      spent_date: desk.any(DATES),
    }),
  'entry goes': (desk) => desk.office.sandbox.account.remove('time_entries', desk.id('time_entries')),
  client: (desk) =>
    desk.office.sandbox.account.update('clients', desk.id('clients'), { name: `Client ${desk.number(1e6)}` }),
  'invoice moves': (desk) =>
    desk.office.sandbox.account.update('invoices', desk.id('invoices'), { issue_date: desk.any(DATES) }),
  'invoice goes': (desk) => desk.office.sandbox.account.remove('invoices', desk.id('invoices')),
  message: (desk) => {
    const about = { invoice_id: desk.id('invoices'), recipients: [], event_type: 'view' };
    desk.office.sandbox.account.create('invoice_messages', about);
  },
};

/** What somebody does by hand, or the scheduler. */
const BY_HAND: Readonly<Record<string, Step>> = {
  'start_date moves': (desk) => (desk.startDate = desk.any(STARTS)),
  sync: (desk) => desk.sync(),
  'sync of some': (desk) => desk.sync({ streams: [desk.any(STREAMS), desk.any(STREAMS), desk.any(STREAMS)] }),
  'sync that is stopped': (desk) => {
    const stop = new AbortController();
    let left = desk.number(12);
    const onEvent: EngineOptions['onEvent'] = ({ event }) => {
      if (event !== 'rows.committed' || (left -= 1) >= 0) return;
      stop.abort(new ConnectorError('RUN_INTERRUPTED', 'stopped by SIGINT'));
    };
    return desk.sync({ signal: stop.signal, onEvent });
  },
  backfill: (desk) => {
    const from = desk.startDate ?? '2025-08-01';
    const order = { id: `b${desk.log.length}`, from, to: '2026-03-31', slice: 'month' } as const;
    return desk.sync({ streams: ['time_entries', 'invoices', 'time_clients'], backfill: order });
  },
  export: async (desk) => {
    const file = join(dirname(desk.office.path), `state-${desk.log.length}.json`);
    await writeFile(file, (await desk.command('state export')).text);
    desk.files.push(file);
  },
  import: async (desk) => {
    if (desk.files.length > 0) await desk.command(`state import --file ${desk.any(desk.files)} --yes`);
  },
  reset: (desk) => desk.command(`state reset ${desk.any(STREAMS)} --yes`),
};

const SEEDS = Number(process.env['SEEDS'] ?? 10);
const FIRST_SEED = Number(process.env['FIRST_SEED'] ?? 1);

describe('whatever is done by hand', () => {
  it.each(Array.from({ length: SEEDS }, (_, at) => FIRST_SEED + at))(
    'in the order of seed %i leaves all tables equal to the account',
    async (seed) => {
      await using office = await openOffice({ now: '2026-03-10T09:00:00Z', seed });
      const desk = new Desk(office, seed);
      await desk.sync();
      for (let step = 0; step < 24; step += 1) {
        office.sandbox.account.clock.advance(HOUR_MS * (1 + desk.number(30)));
        const [name, act] = desk.any(Object.entries(desk.any([IN_HARVEST, BY_HAND])));
        desk.log.push(name);
        await act(desk);
      }
      for (const quiet of [false, true]) {
        office.sandbox.account.clock.advance(HOUR_MS);
        const { result } = await desk.sync();
        expect([desk.log, result.outcome, quiet]).toEqual([desk.log, 'ok', quiet]);
      }
      const startDate = desk.startDate === null ? {} : { startDate: desk.startDate };
      const found = await office.differences({ streams: STREAMS, ...startDate });
      expect([desk.log, found]).toEqual([desk.log, []]);
    },
  );
});
