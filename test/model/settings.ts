/** The set-ups that the model is run with. They are plain data, so that a process of its own can be given one. */
import { Secret } from '../../src/config/secret.ts';
import type { ColumnChoice } from '../../src/config/config.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import type { EngineOptions } from '../support/engine.ts';

/** A set-up of the account and the connector. */
export interface Settings {
  readonly name: string;
  readonly deletes: 'remove' | 'mark' | 'keep';
  readonly startDate: string | null;
  readonly overlapMs: number;
  readonly concurrency: number;
  readonly visibility: 'full' | 'partial';
  readonly sandbox: SandboxOptions;
  /** Whether records break now and then. */
  readonly breaks: boolean;
  readonly columns: Readonly<Record<string, ColumnChoice>>;
  /** Whether choices of columns and `start_date` change, persons are erased, and checkpoints go back. */
  readonly governed?: true;
  /** Streams that are left out. */
  readonly exclude: readonly string[];
}

/** The instant at which every account starts. */
const NOW = '2026-03-10T09:30:00Z';

/** The key of the hashed columns. */
export const HASH_KEY = 'the key of the model';

const PLAIN: Settings = {
  name: 'plain',
  deletes: 'remove',
  startDate: null,
  overlapMs: 600_000,
  concurrency: 8,
  visibility: 'full',
  sandbox: { largestPage: 60 },
  breaks: false,
  columns: {},
  exclude: [],
};

/** What is left out where each run takes long: streams that are read and stored as others are. */
const ALIKE = [
  'contacts', 'expense_categories', 'estimates', 'estimate_messages', 'estimate_item_categories', 'invoice_messages',
  'invoice_item_categories', 'roles', 'company', 'billable_rates', 'cost_rates', 'time_projects', 'time_tasks',
  'time_team', 'expenses_clients', 'expenses_projects', 'expenses_categories', 'expenses_team',
] as const; // prettier-ignore

const CHOICES: readonly Settings[] = [
  PLAIN,
  {
    ...PLAIN,
    name: 'since',
    startDate: '2025-11-01',
    concurrency: 1,
    overlapMs: 60_000,
    sandbox: { largestPage: 40, liveTimers: true, deletedChildTouches: true },
  },
  {
    ...PLAIN,
    name: 'marked',
    deletes: 'mark',
    sandbox: { largestPage: 100, hideArchived: true, liveTimers: true },
    breaks: true,
  },
  { ...PLAIN, name: 'kept', deletes: 'keep', startDate: '2025-09-01', overlapMs: 0, sandbox: {} },
  {
    ...PLAIN,
    name: 'columns',
    sandbox: { largestPage: 50, hideArchived: true },
    breaks: true,
    columns: {
      time_entries: { include: null, exclude: ['notes', 'billable_rate'], hash: ['user_name'] },
      contacts: { include: null, exclude: ['phone_office'], hash: ['email'] },
      invoices: { include: null, exclude: ['line_items.description', 'subject'], hash: [] },
      users: { include: ['first_name', 'last_name', 'is_active', 'weekly_capacity'], exclude: [], hash: [] },
    },
    exclude: ['cost_rates', 'estimate_messages'],
  },
  { ...PLAIN, name: 'few', exclude: ALIKE },
  {
    ...PLAIN,
    name: 'few-marked',
    deletes: 'mark',
    breaks: true,
    exclude: ALIKE,
    sandbox: { liveTimers: true },
  },
  { ...PLAIN, name: 'governed', governed: true, startDate: '2025-11-01' },
  { ...PLAIN, name: 'governed-marked', governed: true, deletes: 'mark', breaks: true },
  {
    ...PLAIN,
    name: 'few-governed',
    governed: true,
    // whoever embeds their names has to be told of a rename
    exclude: ALIKE.filter((name) => name !== 'expense_categories'),
  },
  { ...PLAIN, name: 'middle', startDate: '2025-11-17' },
  { ...PLAIN, name: 'partial', visibility: 'partial', sandbox: { liveTimers: true } },
];

/** Their names. */
export const SETUPS: readonly string[] = CHOICES.map(({ name }) => name);

/** A set-up by its name. @throws Error for one that is not there */
export function settingsOf(name: string): Settings {
  const found = CHOICES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no set-up is called ${name}; there are ${SETUPS.join(', ')}`);
  return found;
}

/** The account of a seed. */
export function sandboxOf(settings: Settings, seed: number): SandboxOptions {
  return { seed, size: 'tiny', now: NOW, clock: 'stands', ...settings.sandbox };
}

/** What the engine is given. */
export function engineConfig(
  settings: Settings,
  more: Partial<NonNullable<EngineOptions['config']>['sync']> = {},
): NonNullable<EngineOptions['config']> {
  const { startDate, deletes, overlapMs, concurrency, visibility, columns, exclude } = settings;
  return {
    startDate,
    harvest: { visibility },
    sync: { deletes, overlapMs, concurrency, hashKey: new Secret(HASH_KEY, 'the model'), ...more },
    streams: { exclude, overrides: new Map(Object.entries(columns)) },
  };
}
