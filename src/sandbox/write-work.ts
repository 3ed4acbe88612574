/**
 * What can be written of clients, projects, tasks, assignments and categories. A rename touches nothing but the row
 * itself: other records show the current name without a new updated_at.
 */
import type { Tables } from './account.ts';
import { unprocessable } from './answer.ts';
import type { Fields } from './fields.ts';
import type { Project } from './model.ts';
import { clearProject, staffProject } from './project-team.ts';
import { some, tracked, type WriteRules } from './write-rule.ts';

const PROJECT_FIELDS: Fields = {
  client_id: 'clients',
  name: 'text',
  code: 'text?',
  is_active: 'flag',
  is_billable: 'flag',
  is_fixed_fee: 'flag',
  bill_by: 'text',
  hourly_rate: 'number?',
  budget_by: 'text',
  budget_is_monthly: 'flag',
  budget: 'number?',
  cost_budget: 'number?',
  cost_budget_include_expenses: 'flag',
  notify_when_over_budget: 'flag',
  over_budget_notification_percentage: 'number',
  show_budget_to_all: 'flag',
  fee: 'number?',
  notes: 'text?',
  starts_on: 'date?',
  ends_on: 'date?',
};

const ITEM_CATEGORY: WriteRules = {
  fields: { name: 'text', use_as_service: 'flag', use_as_expense: 'flag' },
  required: ['name'],
  defaults: () => ({ use_as_service: false, use_as_expense: false }),
};

/** Rules by table. */
export const WORK_RULES: Readonly<Partial<Record<keyof Tables, WriteRules>>> = {
  clients: {
    fields: { name: 'text', is_active: 'flag', address: 'text?', currency: 'text' },
    required: ['name'],
    defaults: (account) => ({
      is_active: true,
      address: null,
      statement_key: String(account.tables.clients.size).padStart(32, 'c'),
      currency: account.company['currency'],
    }),
    keeps: (account, row) => {
      const own = (each: { client_id: number }): boolean => each.client_id === row.id;
      const { projects, invoices, estimates } = account.tables;
      const used = some(projects.all(), own) || some(invoices.all(), own) || some(estimates.all(), own);
      return used ? 'The client has projects, invoices or estimates' : null;
    },
    gone: (account, row) => {
      for (const contact of account.tables.contacts.newestFirst())
        if (contact.client_id === row.id) account.tables.contacts.delete(contact.id);
    },
  },
  contacts: {
    fields: {
      client_id: 'clients',
      title: 'text?',
      first_name: 'text',
      last_name: 'text?',
      email: 'text?',
      phone_office: 'text?',
      phone_mobile: 'text?',
      fax: 'text?',
      invoice_recipient_status: 'text',
    },
    required: ['client_id', 'first_name'],
    defaults: () => ({
      title: null,
      last_name: null,
      email: null,
      phone_office: '',
      phone_mobile: '',
      fax: '',
      invoice_recipient_status: 'none',
    }),
  },
  tasks: {
    fields: {
      name: 'text',
      billable_by_default: 'flag',
      default_hourly_rate: 'number?',
      is_default: 'flag',
      is_active: 'flag',
    },
    required: ['name'],
    defaults: () => ({
      billable_by_default: true,
      default_hourly_rate: null,
      is_default: false,
      is_active: true,
    }),
    keeps: (account, row) =>
      some(account.tables.task_assignments.all(), (each) => each.task_id === row.id) ||
      tracked(account, (entry) => account.entries.task[entry] === row.id)
        ? 'The task is in use'
        : null,
  },
  projects: {
    fields: PROJECT_FIELDS,
    required: ['client_id', 'name', 'is_billable', 'bill_by', 'budget_by'],
    defaults: () => ({
      code: null,
      is_active: true,
      is_fixed_fee: false,
      hourly_rate: null,
      budget_is_monthly: false,
      budget: null,
      cost_budget: null,
      cost_budget_include_expenses: false,
      notify_when_over_budget: false,
      over_budget_notification_percentage: 80,
      over_budget_notification_date: null,
      show_budget_to_all: false,
      fee: null,
      notes: '',
      starts_on: null,
      ends_on: null,
    }),
    after: (account, row, isNew) => {
      if (isNew) staffProject(account, row as Project);
    },
    gone: (account, row) => clearProject(account, row.id),
  },
  user_assignments: {
    fields: {
      project_id: 'projects',
      user_id: 'users',
      is_active: 'flag',
      is_project_manager: 'flag',
      use_default_rates: 'flag',
      hourly_rate: 'number?',
      budget: 'number?',
    },
    required: ['project_id', 'user_id'],
    fixed: ['project_id', 'user_id'],
    defaults: () => ({
      is_active: true,
      is_project_manager: false,
      use_default_rates: true,
      hourly_rate: null,
      budget: null,
    }),
    before: (account, given, row) => {
      if (row !== undefined) return;
      if (account.userAssignment(Number(given['user_id']), Number(given['project_id'])) !== undefined)
        throw unprocessable('The person is already assigned to the project');
    },
    keeps: (account, row) => {
      const own = account.tables.user_assignments.get(row.id);
      const { user, project } = account.entries;
      return tracked(account, (entry) => user[entry] === own?.user_id && project[entry] === own?.project_id)
        ? 'Time was tracked on this assignment'
        : null;
    },
  },
  task_assignments: {
    fields: {
      project_id: 'projects',
      task_id: 'tasks',
      is_active: 'flag',
      billable: 'flag',
      hourly_rate: 'number?',
      budget: 'number?',
    },
    required: ['project_id', 'task_id'],
    fixed: ['project_id', 'task_id'],
    defaults: () => ({ is_active: true, billable: true, hourly_rate: null, budget: null }),
    before: (account, given, row) => {
      if (row !== undefined) return;
      if (account.taskAssignment(Number(given['project_id']), Number(given['task_id'])) !== undefined)
        throw unprocessable('The task is already assigned to the project');
    },
    keeps: (account, row) => {
      const own = account.tables.task_assignments.get(row.id);
      const { task, project } = account.entries;
      return tracked(account, (entry) => task[entry] === own?.task_id && project[entry] === own?.project_id)
        ? 'Time was tracked on this assignment'
        : null;
    },
  },
  expense_categories: {
    fields: { name: 'text', unit_name: 'text?', unit_price: 'number?', is_active: 'flag' },
    required: ['name'],
    defaults: () => ({ unit_name: null, unit_price: null, is_active: true }),
    keeps: (account, row) =>
      some(account.tables.expenses.all(), (each) => each.expense_category_id === row.id)
        ? 'The category is in use'
        : null,
  },
  invoice_item_categories: {
    ...ITEM_CATEGORY,
    keeps: (account, row) => {
      const own = account.tables.invoice_item_categories.get(row.id);
      return own?.use_as_service === true || own?.use_as_expense === true ? 'The category is in use' : null;
    },
  },
  estimate_item_categories: ITEM_CATEGORY,
};
