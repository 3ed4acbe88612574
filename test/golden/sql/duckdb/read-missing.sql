SELECT target."id" FROM "main"."invoices" AS target
WHERE NOT EXISTS (SELECT 1 FROM "temp"."load_1" AS staged WHERE staged."id" = target."id")
  AND target."_deleted_at" IS NULL;

-- $from = 2026-01-01
-- $keys = [["2026-01-01","7","EUR"]]
SELECT target."period_start", target."client_id", target."currency" FROM "main"."time_clients" AS target
LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
    WHERE "stream" = 'time_clients' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."period_start" AS VARCHAR), CAST(target."client_id" AS VARCHAR), CAST(target."currency" AS VARCHAR))
WHERE NOT EXISTS (SELECT 1 FROM "temp"."load_2" AS staged WHERE staged."period_start" = target."period_start" AND staged."client_id" = target."client_id" AND staged."currency" = target."currency")
  AND NOT EXISTS (SELECT 1 FROM "temp"."gone_2" AS gone WHERE gone."period_start" = target."period_start" AND gone."client_id" = target."client_id" AND gone."currency" = target."currency")
  AND NOT EXISTS (SELECT 1 FROM (SELECT CASE WHEN regexp_full_match("item"[1], '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN TRY_CAST("item"[1] AS DATE) END AS "period_start", CASE WHEN regexp_full_match("item"[2], '-?[0-9]+') THEN TRY_CAST("item"[2] AS BIGINT) END AS "client_id", TRY_CAST("item"[3] AS VARCHAR) AS "currency"
    FROM (SELECT unnest(from_json($keys, '[["VARCHAR"]]')) AS "item")) AS spared
    WHERE spared."period_start" = target."period_start" AND spared."client_id" = target."client_id" AND spared."currency" = target."currency")
  AND (target."period_start" IS NULL OR (target."period_start" >= $from::DATE))
  AND NOT COALESCE(noted."found_at" >= target."_synced_at", false);
