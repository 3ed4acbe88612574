UPDATE "temp"."load_1" AS staged SET "_change" = CASE
  WHEN staged."updated_at" < target."updated_at" THEN 'unchanged'
  WHEN staged."order" IS DISTINCT FROM target."order"
    OR staged."amount" IS DISTINCT FROM target."amount"
    OR staged."notes" IS DISTINCT FROM target."notes"
    OR staged."line_items" IS DISTINCT FROM CAST(target."line_items" AS STRUCT("id" BIGINT, "project_name" VARCHAR)[])
    OR staged."updated_at" IS DISTINCT FROM target."updated_at"
    OR target."_deleted_at" IS NOT NULL THEN 'update'
  ELSE 'unchanged' END
FROM "main"."invoices" AS target
WHERE target."id" = staged."id";

UPDATE "temp"."load_2" AS staged SET "_change" = CASE
  WHEN staged."total" IS DISTINCT FROM target."total"
    OR COALESCE(noted."found_at" >= target."_synced_at", false) THEN 'update'
  ELSE 'unchanged' END
FROM "main"."time_clients" AS target
LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
    WHERE "stream" = 'time_clients' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."period_start" AS VARCHAR), CAST(target."client_id" AS VARCHAR), CAST(target."currency" AS VARCHAR))
WHERE target."period_start" = staged."period_start" AND target."client_id" = staged."client_id" AND target."currency" = staged."currency";

SELECT min("_seq"), max("_seq") FROM "temp"."load_1";

UPDATE "temp"."load_2" AS staged SET "_change" = CASE
  WHEN false THEN 'update'
  ELSE 'unchanged' END
FROM "main"."time_clients" AS target
WHERE target."period_start" = staged."period_start" AND target."client_id" = staged."client_id" AND target."currency" = staged."currency"
  AND staged."_seq" >= 1 AND staged."_seq" < 500001;

SELECT count(*) FILTER ("_change" = 'insert'), count(*) FILTER ("_change" = 'update'), count(*) FILTER ("_change" = 'unchanged') FROM "temp"."load_1";
