/**
 * What the account consists of, as it is stored: references are ids, names and derived values are looked up when
 * a record is rendered. Time entries are not here: they live in columns (entries.ts).
 */

/** A record as it goes over the wire. */
export type Rec = Record<string, unknown>;

export interface Row {
  readonly id: number;
  readonly created_at: string;
  updated_at: string;
}

export interface Client extends Row {
  name: string;
  is_active: boolean;
  address: string | null;
  statement_key: string;
  currency: string;
}

export interface Contact extends Row {
  client_id: number;
  title: string | null;
  first_name: string;
  last_name: string | null;
  email: string | null;
  phone_office: string | null;
  phone_mobile: string | null;
  fax: string | null;
  invoice_recipient_status: string;
}

export interface User extends Row {
  first_name: string;
  last_name: string | null;
  email: string;
  telephone: string;
  timezone: string;
  has_access_to_all_future_projects: boolean;
  is_contractor: boolean;
  is_active: boolean;
  weekly_capacity: number;
  access_roles: string[];
  avatar_url: string;
  calendar_integration_enabled: boolean;
  calendar_integration_source: string | null;
  /** People whose time a manager sees. */
  teammate_ids: number[];
}

export interface Role extends Row {
  name: string;
  user_ids: number[];
}

export interface Task extends Row {
  name: string;
  billable_by_default: boolean;
  default_hourly_rate: number | null;
  is_default: boolean;
  is_active: boolean;
}

export interface Project extends Row {
  client_id: number;
  name: string;
  code: string | null;
  is_active: boolean;
  is_billable: boolean;
  is_fixed_fee: boolean;
  bill_by: string;
  hourly_rate: number | null;
  budget_by: string;
  budget_is_monthly: boolean;
  budget: number | null;
  cost_budget: number | null;
  cost_budget_include_expenses: boolean;
  notify_when_over_budget: boolean;
  over_budget_notification_percentage: number;
  over_budget_notification_date: string | null;
  show_budget_to_all: boolean;
  fee: number | null;
  notes: string | null;
  starts_on: string | null;
  ends_on: string | null;
}

export interface UserAssignment extends Row {
  project_id: number;
  user_id: number;
  is_active: boolean;
  is_project_manager: boolean;
  use_default_rates: boolean;
  hourly_rate: number | null;
  budget: number | null;
}

export interface TaskAssignment extends Row {
  project_id: number;
  task_id: number;
  is_active: boolean;
  billable: boolean;
  hourly_rate: number | null;
  budget: number | null;
}

export interface Rate extends Row {
  user_id: number;
  amount: number;
  start_date: string | null;
  end_date: string | null;
}

export interface ExpenseCategory extends Row {
  name: string;
  unit_name: string | null;
  unit_price: number | null;
  is_active: boolean;
}

export interface ItemCategory extends Row {
  name: string;
  use_as_service: boolean;
  use_as_expense: boolean;
}

export interface Receipt {
  file_name: string;
  file_size: number;
  content_type: string;
}

export interface Expense extends Row {
  project_id: number;
  expense_category_id: number;
  user_id: number;
  receipt: Receipt | null;
  invoice_id: number | null;
  notes: string | null;
  units: number;
  total_cost: number;
  billable: boolean;
  approval_status: string;
  spent_date: string;
}

export interface LineItem {
  id: number;
  kind: string;
  description: string | null;
  quantity: number;
  unit_price: number;
  amount: number;
  taxed: boolean;
  taxed2: boolean;
  project_id: number | null;
}

/** What invoices and estimates have in common. */
export interface SalesDocument extends Row {
  client_id: number;
  /** null: the person was deleted. */
  creator_id: number | null;
  client_key: string;
  number: string;
  purchase_order: string | null;
  amount: number;
  tax: number | null;
  tax_amount: number;
  tax2: number | null;
  tax2_amount: number;
  discount: number | null;
  discount_amount: number;
  subject: string | null;
  notes: string | null;
  currency: string;
  state: string;
  issue_date: string | null;
  sent_at: string | null;
  line_items: LineItem[];
}

export interface Invoice extends SalesDocument {
  due_amount: number;
  period_start: string | null;
  period_end: string | null;
  due_date: string | null;
  payment_term: string;
  /** Absent on invoices from before the field existed. */
  payment_options?: string[];
  paid_at: string | null;
  paid_date: string | null;
  closed_at: string | null;
  recurring_invoice_id: number | null;
  estimate_id: number | null;
  retainer_id: number | null;
}

export interface Estimate extends SalesDocument {
  accepted_at: string | null;
  declined_at: string | null;
}

export interface Payment extends Row {
  invoice_id: number;
  amount: number;
  paid_at: string;
  paid_date: string;
  recorded_by: string;
  recorded_by_email: string;
  notes: string | null;
  transaction_id: string | null;
  payment_gateway: { id: number | null; name: string | null };
}

export interface Message extends Row {
  /** The invoice or estimate. */
  parent_id: number;
  sent_by: string | null;
  sent_by_email: string | null;
  sent_from: string | null;
  sent_from_email: string | null;
  recipients: { name: string | null; email: string | null }[];
  subject: string | null;
  body: string | null;
  attach_pdf: boolean;
  send_me_a_copy: boolean;
  thank_you: boolean;
  reminder: boolean;
  send_reminder_on: string | null;
  event_type: string | null;
}

/** Switches of GET /v2/company. */
export interface Modules {
  expense: boolean;
  invoice: boolean;
  estimate: boolean;
  approval: boolean;
  team: boolean;
}
