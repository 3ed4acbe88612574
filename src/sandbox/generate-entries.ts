/** Years of time entries: weekdays mostly, quieter in August and at Christmas, approved month by month. */
import type { Account } from './account.ts';
import { dateOf, DAY_SECONDS, dayOf, instantOf, monthWindow, weekdayOf } from './calendar.ts';
import type { Chunked } from './chunked.ts';
import { FLAG } from './entries.ts';
import type { Employment, Span } from './generate-people.ts';
import { type InvoicePlan, planLine } from './invoice-plan.ts';
import type { Project } from './model.ts';
import type { Scale } from './options.ts';
import type { Random } from './random.ts';
import { billableRateOf, roundedHundredths } from './rates.ts';

/** A project as somebody may track time on it. */
interface Job {
  readonly project: Project;
  readonly fromDay: number;
  readonly toDay: number;
  readonly tasks: readonly { readonly id: number; readonly billable: boolean }[];
}

interface Desk {
  readonly employment: Employment;
  readonly jobs: readonly Job[];
}

const HUNDREDTHS = [25, 50, 75, 100, 133, 150, 200, 211, 275, 350, 400, 558, 10, 800] as const;
const CHUNK = 20_000;

/** Fills the store with exactly the wanted number of entries. */
export function* generateEntries(
  account: Account,
  scale: Scale,
  span: Span,
  random: Random,
  people: readonly Employment[],
  plan: InvoicePlan,
): Chunked<void> {
  const desks = desksOf(account, people);
  const special = scale.entries >= 20 ? 3 : 0;
  const perDay = spread(scale.entries - special, span);
  let sinceTurn = 0;
  for (const [index, count] of perDay.entries()) {
    const day = span.firstDay + index;
    const present = desks.filter((desk) => desk.employment.fromDay <= day && desk.employment.toDay >= day);
    const approvedAt = approvalOf(span, day);
    for (let nth = 0; nth < count; nth += 1)
      fillOne(account, span, random, random.pick(present), day, approvedAt, plan);
    sinceTurn += count;
    if (sinceTurn >= CHUNK) {
      sinceTurn = 0;
      yield undefined;
    }
  }
  if (special > 0) fillSpecial(account, span, random, desks);
  account.entries.seal();
}

/** How many entries each day of the span gets; the first day at least one. */
function spread(total: number, span: Span): number[] {
  const weights = Array.from({ length: span.today - span.firstDay }, (_, index) => {
    const day = span.firstDay + index;
    const weekend = weekdayOf(day) === 0 || weekdayOf(day) === 6;
    const date = dateOf(day).slice(5);
    const quiet = date.startsWith('08') || date >= '12-22';
    return (weekend ? 0.04 : 1) * (quiet ? 0.5 : 1);
  });
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let reached = 0;
  let given = 0;
  return weights.map((weight, index) => {
    reached += weight;
    const until = index === weights.length - 1 ? total : Math.floor((reached / sum) * total);
    const count = Math.max(index === 0 && total > 0 ? 1 : 0, until - given);
    given += count;
    return count;
  });
}

function desksOf(account: Account, people: readonly Employment[]): Desk[] {
  const jobs = new Map<number, Job>();
  for (const project of account.tables.projects.all()) {
    const tasks = account.tables.task_assignments.of(project.id);
    jobs.set(project.id, {
      project,
      fromDay: dayOf(project.starts_on ?? project.created_at.slice(0, 10)),
      toDay: project.ends_on === null ? Number.MAX_SAFE_INTEGER : dayOf(project.ends_on),
      tasks: tasks.map((each) => ({ id: each.task_id, billable: each.billable })),
    });
  }
  const [internal] = account.tables.projects.all();
  return people.map((employment) => {
    const own: Job[] = [];
    for (const [id, job] of jobs) {
      const assigned = account.tables.user_assignments.of(id);
      const idle = id !== internal?.id && assigned.at(-1)?.user_id === employment.user.id;
      if (!idle && assigned.some((each) => each.user_id === employment.user.id)) own.push(job);
    }
    return { employment, jobs: own };
  });
}

function jobOn(desk: Desk, day: number, random: Random): Job {
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const job = random.pick(desk.jobs);
    if (job.fromDay <= day && job.toDay >= day) return job;
  }
  return desk.jobs[0] ?? random.pick(desk.jobs);
}

/** Seconds at which the month of a day was approved, or null where that is still to come. */
function approvalOf(span: Span, day: number): number | null {
  const batch = dayOf(monthWindow(dateOf(day).slice(0, 7)).to) + 3;
  return batch < span.today - 5 ? batch * DAY_SECONDS + 60_434 : null;
}

function fillOne(
  account: Account,
  span: Span,
  random: Random,
  desk: Desk,
  day: number,
  approvedAt: number | null,
  plan: InvoicePlan,
): void {
  const { entries } = account;
  const job = jobOn(desk, day, random);
  const task = random.pick(job.tasks);
  const midnight = span.today * DAY_SECONDS;
  const late = random.chance(0.04) ? random.int(1, 18) * DAY_SECONDS : 0;
  const createdAt = Math.min(midnight, day * DAY_SECONDS + random.int(30_000, 64_000) + late);
  const edited = random.chance(0.05) ? random.int(60, 20 * DAY_SECONDS) : 0;
  const updatedAt = Math.max(Math.min(midnight, createdAt + edited), approvedAt ?? 0);
  const age = span.today - day;
  let flags = approvedAt !== null ? FLAG.approved : age > 7 ? FLAG.submitted : 0;
  if (task.billable) flags |= FLAG.billable;
  if (job.project.budget_by !== 'none') flags |= FLAG.budgeted;
  const row = entries.append({
    user: desk.employment.user.id,
    project: job.project.id,
    task: task.id,
    invoice: 0,
    day,
    hundredths: random.pick(HUNDREDTHS),
    flags,
    createdAt,
    updatedAt,
  });
  if (!task.billable || job.project.is_fixed_fee || late > 0) return;
  const invoice = plan.of(job.project.client_id, day);
  if (invoice === undefined) return;
  entries.invoice[row] = invoice.id;
  entries.updatedAt[row] = Math.max(updatedAt, invoice.madeAt - 1);
  const rate = billableRateOf(account, row) ?? 0;
  planLine(invoice, job.project.id, rate, roundedHundredths(entries.hundredths[row] ?? 0));
}

/** Two forgotten timers of yesterday and one entry dated in the future. */
function fillSpecial(account: Account, span: Span, random: Random, desks: readonly Desk[]): void {
  for (const nth of [0, 1, 2]) {
    const desk = desks[nth];
    const job = desk?.jobs[0];
    const task = job?.tasks[0];
    if (desk === undefined || job === undefined || task === undefined) continue;
    const running = nth < 2;
    const at = (span.today - 1) * DAY_SECONDS + 55_000 + random.int(0, 9000);
    const row = account.entries.append({
      user: desk.employment.user.id,
      project: job.project.id,
      task: task.id,
      invoice: 0,
      day: running ? span.today - 1 : span.today + 12,
      hundredths: nth === 0 ? 125 : nth === 1 ? 0 : 400,
      flags: (task.billable ? FLAG.billable : 0) | (running ? FLAG.running : 0),
      createdAt: at,
      updatedAt: at,
    });
    if (running) account.entries.overlay.set(row, { timer_started_at: instantOf(at), started_time: null });
  }
}
