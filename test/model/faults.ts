/** How Harvest misbehaves during a run, and what moves while it is read. */
import type { Fault } from '../../src/sandbox/faults.ts';
import type { Dice } from './dice.ts';

/** Account-wide lists, and lists under a parent or a report. */
const LISTS = [
  'clients', 'contacts', 'projects', 'tasks', 'users', 'roles', 'user_assignments', 'task_assignments', 'time_entries',
  'expenses', 'expense_categories', 'invoices', 'estimates', 'invoice_item_categories',
] as const; // prettier-ignore
const BELOW = [
  'invoices/\\d+/payments', 'invoices/\\d+/messages', 'estimates/\\d+/messages', 'users/\\d+/billable_rates',
  'users/\\d+/cost_rates', 'users/\\d+/project_assignments', 'reports/time/team', 'reports/expenses/team',
  'reports/uninvoiced', 'reports/project_budget',
] as const; // prettier-ignore

/** The requests for a list. */
export function requestsFor(list: string): string {
  return `^GET /v2/${list}(\\?|$)`;
}

/** One way to misbehave. */
interface Trouble {
  readonly weight: number;
  readonly say: string;
  readonly fault: (dice: Dice) => Omit<Fault, 'match'>;
  /** Only on account-wide lists: under a parent it means that the parent is gone. */
  readonly wide?: true;
}

const TROUBLES: readonly Trouble[] = [
  { weight: 2, say: '429', fault: () => ({ do: 'status', status: 429, retryAfter: 0 }) },
  { weight: 3, say: 'a 503 that passes', fault: () => ({ do: 'status', status: 503 }) },
  { weight: 3, say: '500 for ever', fault: () => ({ do: 'status', status: 500, times: 0 }) },
  { weight: 3, say: '403 for ever', fault: () => ({ do: 'status', status: 403, times: 0 }) },
  { weight: 1, say: '404 for ever', fault: () => ({ do: 'status', status: 404, times: 0 }), wide: true },
  { weight: 1, say: '422 for ever', fault: () => ({ do: 'status', status: 422, times: 0 }) },
  { weight: 2, say: 'a cut connection', fault: () => ({ do: 'cut' }) },
  {
    weight: 1,
    say: 'connections cut in the middle for ever',
    fault: () => ({ do: 'cut', value: 'middle', times: 0 }),
  },
  { weight: 1, say: 'HTML', fault: () => ({ do: 'html', times: 0 }) },
  { weight: 1, say: 'half a page', fault: () => ({ do: 'truncated' }) },
  { weight: 1, say: 'pages in a circle', fault: () => ({ do: 'repeat', times: 0 }) },
  {
    weight: 3,
    say: 'a wrong total',
    fault: (dice) => ({ do: 'count', value: dice.one([-3, -1, 1, 4]), times: 0 }),
  },
  { weight: 1, say: 'a slow answer', fault: () => ({ do: 'slow', ms: 80 }) },
];

/** Faults for one run, and what they are. */
export function chooseFaults(dice: Dice): { readonly faults: readonly Fault[]; readonly said: string } {
  const count = dice.int(1, 2);
  const faults: Fault[] = [];
  const said: string[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const { say, fault, wide } = dice.weighed(TROUBLES);
    const list = dice.one<string>(wide === true || dice.chance(0.6) ? LISTS : BELOW);
    const nth = dice.one([1, 1, 1, 2, 3]);
    faults.push({ match: requestsFor(list), nth, ...fault(dice) });
    said.push(`${say} at ${list}, from the ${nth}. request on`);
  }
  if (dice.chance(0.08)) {
    faults.push({ match: '^GET /v2/users/me', do: 'status', status: 401 });
    said.push('401');
  }
  return { faults, said: said.join('; ') };
}

/** A list that something moves in front of, and the request before which it does. */
export function chooseMoment(dice: Dice): {
  readonly match: string;
  readonly nth: number;
  readonly said: string;
} {
  const list = dice.chance(0.4) ? 'time_entries' : dice.one<string>([...LISTS, ...BELOW]);
  const nth = dice.one([1, 1, 2, 2, 3, 4]);
  return { match: requestsFor(list), nth, said: `before the ${nth}. request for ${list}` };
}
