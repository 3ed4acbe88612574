/** Makes a whole account from a seed. The order matters: what is referred to comes first. */
import { Account } from './account.ts';
import { DAY_SECONDS } from './calendar.ts';
import { runInTurns } from './chunked.ts';
import { SandboxClock } from './clock.ts';
import { generateEntries } from './generate-entries.ts';
import { generateEstimates } from './generate-estimates.ts';
import { generateExpenses } from './generate-expenses.ts';
import { generateInvoices, generateItemCategories } from './generate-invoices.ts';
import { generateCompany, generatePeople, type Span } from './generate-people.ts';
import { generateWork } from './generate-work.ts';
import { planInvoices } from './invoice-plan.ts';
import { modulesOf, type SandboxOptions, scaleOf } from './options.ts';
import { createRandom } from './random.ts';

/**
 * The same seed, size and calendar day give the same account, record for record. Everything is stamped at or before
 * the midnight (UTC) at which the clock's day began. Other work gets its turns in between.
 */
export async function generateAccount(options: SandboxOptions): Promise<Account> {
  const scale = { ...scaleOf(options.size), ...options.scale };
  const clock = new SandboxClock(options.now, options.clock === 'stands');
  const seed = Math.abs(Math.trunc(options.seed ?? 1));
  const account = new Account({
    seed,
    clock,
    modules: modulesOf(options.modules),
    entryCapacity: scale.entries + 1024,
    liveTimers: options.liveTimers ?? false,
    hideArchived: options.hideArchived ?? false,
    deletedChildTouches: options.deletedChildTouches ?? false,
  });
  const random = createRandom(seed * 7919 + scale.entries);
  const today = Math.floor(clock.seconds() / DAY_SECONDS);
  const span: Span = { firstDay: today - scale.days, today };
  generateCompany(account);
  const people = generatePeople(account, scale, span, random);
  generateWork(account, scale, span, random, people);
  generateItemCategories(account, span);
  const plan = planInvoices(account, scale, span);
  await runInTurns(generateEntries(account, scale, span, random, people, plan));
  generateExpenses(account, scale, span, random, people, plan);
  generateEstimates(account, scale, span, random);
  generateInvoices(account, span, random, plan);
  forgetOneAssignment(account);
  return account;
}

/** Takes away an assignment that time was tracked on: its entries then carry a null `user_assignment`, as real ones do. */
function forgetOneAssignment(account: Account): void {
  const [internal] = account.tables.projects.all();
  if (internal === undefined) return;
  const assignment = account.tables.user_assignments.of(internal.id)[3];
  if (assignment !== undefined) account.tables.user_assignments.delete(assignment.id);
}
