/** What comes with a project when it is made, and goes with it when it is deleted. */
import type { Account } from './account.ts';
import type { Project } from './model.ts';

/** New projects get the default tasks, and the people who have access to all future projects. */
export function staffProject(account: Account, project: Project): void {
  const { tables } = account;
  const at = { project_id: project.id, created_at: project.created_at, updated_at: project.created_at };
  for (const task of tables.tasks.all()) {
    if (!task.is_default || !task.is_active) continue;
    const id = tables.task_assignments.nextId();
    const billable = project.is_billable && task.billable_by_default;
    tables.task_assignments.add({
      id,
      ...at,
      task_id: task.id,
      is_active: true,
      billable,
      hourly_rate: null,
      budget: null,
    });
  }
  for (const user of tables.users.all()) {
    if (!user.has_access_to_all_future_projects || !user.is_active) continue;
    const id = tables.user_assignments.nextId();
    const plain = { is_active: true, is_project_manager: true, use_default_rates: true };
    tables.user_assignments.add({ id, ...at, user_id: user.id, ...plain, hourly_rate: null, budget: null });
  }
}

/** A deleted project takes its time, expenses and assignments with it; invoices stay. */
export function clearProject(account: Account, id: number): void {
  const { entries, tables } = account;
  for (let day = entries.firstDay; day <= entries.lastDay; day += 1) {
    for (let nth = entries.countOfDay(day) - 1; nth >= 0; nth -= 1) {
      const row = entries.rowOfDay(day, nth);
      if (entries.project[row] === id) entries.remove(row);
    }
  }
  for (const expense of tables.expenses.newestFirst())
    if (expense.project_id === id) tables.expenses.delete(expense.id);
  for (const kind of ['user_assignments', 'task_assignments'] as const) {
    for (const row of tables[kind].of(id)) tables[kind].delete(row.id);
  }
}
