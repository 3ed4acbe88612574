SELECT table_name, column_name FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = 'main' ORDER BY table_name, column_index;

SELECT strftime("issue_date", '%Y-%m'),
  strftime("issue_date", '%Y'),
  "client_id",
  count(*),
  count(*) FILTER (WHERE "sent"),
  COALESCE(sum("amount"), 0),
  COALESCE(sum("amount") FILTER (WHERE "sent"), 0),
  COALESCE(sum("amount" * "due_amount") FILTER (WHERE "sent"), 0),
  count(*) FILTER (WHERE "amount" * "due_amount" <> round("amount" * "due_amount", 2)),
  count(*) FILTER (WHERE "amount" * "due_amount" <> round("amount" * "due_amount", 2) AND "sent")
FROM "main"."invoices" AS live
WHERE "issue_date" >= DATE '2026-01-01' AND "issue_date" <= DATE '2026-12-31'
GROUP BY 1, 2, 3;

SELECT count(*),
  count(*) FILTER (WHERE "sent"),
  COALESCE(sum("amount"), 0),
  COALESCE(sum("amount") FILTER (WHERE "sent"), 0),
  COALESCE(sum("amount" * "due_amount") FILTER (WHERE "sent"), 0),
  count(*) FILTER (WHERE "amount" * "due_amount" <> round("amount" * "due_amount", 2)),
  count(*) FILTER (WHERE "amount" * "due_amount" <> round("amount" * "due_amount", 2) AND "sent")
FROM (SELECT target.* FROM "main"."invoices" AS target
        WHERE target."_deleted_at" IS NULL) AS live;

SELECT count(*) OVER (), "id", count(*) FROM "main"."invoices"
GROUP BY "id" HAVING count(*) > 1
ORDER BY "id" LIMIT 20;

SELECT count(*) OVER (), "id", "invoice_id" FROM (SELECT target.* FROM "main"."invoice_payments" AS target
    LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
        WHERE "stream" = 'invoice_payments' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."id" AS VARCHAR))
        WHERE NOT COALESCE(noted."found_at" >= target."_synced_at", false)) AS live
WHERE "invoice_id" IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM (SELECT target.* FROM "main"."invoices" AS target
        WHERE target."_deleted_at" IS NULL) AS there WHERE there."id" = live."invoice_id")
ORDER BY "id" LIMIT 20;

SELECT count(*) OVER (), live."id", COALESCE(live."amount", 0) - COALESCE(live."due_amount", 0), COALESCE(parts."amount", 0)
FROM (SELECT target.* FROM "main"."invoices" AS target
        WHERE target."_deleted_at" IS NULL) AS live LEFT JOIN (
  SELECT "invoice_id" AS "pointer", sum("amount") AS "amount" FROM (SELECT target.* FROM "main"."invoice_payments" AS target
    LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
        WHERE "stream" = 'invoice_payments' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."id" AS VARCHAR))
        WHERE NOT COALESCE(noted."found_at" >= target."_synced_at", false)) AS live GROUP BY 1
) AS parts ON parts."pointer" = live."id"
WHERE COALESCE(live."amount", 0) - COALESCE(live."due_amount", 0) <> COALESCE(parts."amount", 0) AND live."state" IS DISTINCT FROM 'it''s'
ORDER BY live."id" LIMIT 20;
