CREATE TEMP TABLE "temp"."gone_2" AS
SELECT "period_start", "client_id", "currency", "_synced_at", 'scope' AS "_cause" FROM "main"."time_clients" LIMIT 0;

-- $values = ["2026-01-01","it's"]
INSERT INTO "temp"."gone_2"
SELECT target."period_start", target."client_id", target."currency", target."_synced_at", 'scope' FROM "main"."time_clients" AS target
WHERE NOT EXISTS (SELECT 1 FROM "temp"."load_2" AS staged WHERE staged."period_start" = target."period_start" AND staged."client_id" = target."client_id" AND staged."currency" = target."currency")
  AND target."period_start" IN (SELECT TRY_CAST("item" AS DATE) FROM (SELECT unnest(from_json($values, '["VARCHAR"]')) AS "item"));

INSERT INTO "temp"."gone_1"
SELECT target."id", target."_synced_at", 'scope' FROM "main"."invoices" AS target
WHERE NOT EXISTS (SELECT 1 FROM "temp"."load_1" AS staged WHERE staged."id" = target."id")
  AND target."_deleted_at" IS NULL;

-- $keys = [["2026-01-01","7","EUR"]]
INSERT INTO "temp"."gone_2"
SELECT target."period_start", target."client_id", target."currency", target."_synced_at", 'removal' FROM "main"."time_clients" AS target
WHERE EXISTS (SELECT 1 FROM (SELECT TRY_CAST("item"[1] AS DATE) AS "period_start", TRY_CAST("item"[2] AS BIGINT) AS "client_id", TRY_CAST("item"[3] AS VARCHAR) AS "currency"
    FROM (SELECT unnest(from_json($keys, '[["VARCHAR"]]')) AS "item")) AS removed
    WHERE removed."period_start" = target."period_start" AND removed."client_id" = target."client_id" AND removed."currency" = target."currency")
  AND NOT EXISTS (SELECT 1 FROM "temp"."load_2" AS staged WHERE staged."period_start" = target."period_start" AND staged."client_id" = target."client_id" AND staged."currency" = target."currency")
  AND NOT EXISTS (SELECT 1 FROM "temp"."gone_2" AS gone WHERE gone."period_start" = target."period_start" AND gone."client_id" = target."client_id" AND gone."currency" = target."currency");

SELECT count(*) FILTER ("_cause" = 'scope'), count(*) FILTER ("_cause" = 'removal') FROM "temp"."gone_2";

SELECT count(*) FROM "main"."invoices" WHERE "_deleted_at" IS NULL;
