/** The two questions that the demo answers, in SQL that can be tried again in any DuckDB shell. */

/** A question of a manager. */
export interface Question {
  readonly question: string;
  readonly sql: string;
}

export const QUESTIONS: readonly Question[] = [
  {
    question: 'For whom did we work last month, and what is it worth?',
    sql: `SELECT client_name AS client,
       clients.currency,
       round(sum(hours), 2) AS hours,
       round(coalesce(sum(hours * billable_rate) FILTER (WHERE billable), 0), 2) AS billable_amount
FROM time_entries
JOIN clients ON clients.id = client_id
WHERE spent_date >= date_trunc('month', current_date) - INTERVAL 1 MONTH
  AND spent_date < date_trunc('month', current_date)
GROUP BY ALL
ORDER BY hours DESC
LIMIT 6`,
  },
  {
    question: 'Who is late with paying, by how much?',
    sql: `SELECT client_name AS client,
       currency,
       count(*) AS invoices,
       round(sum(due_amount), 2) AS still_open,
       max(current_date - due_date) AS days_late
FROM invoices
WHERE state = 'open' AND due_date < current_date AND due_amount > 0
GROUP BY ALL
ORDER BY days_late DESC
LIMIT 6`,
  },
];
