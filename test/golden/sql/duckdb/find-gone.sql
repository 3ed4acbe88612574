CREATE TEMP TABLE "temp"."gone_2" AS
SELECT "period_start", "client_id", "currency", 'scope' AS "_cause" FROM "main"."time_clients" LIMIT 0;

-- $values = ["2026-01-01","it's"]
INSERT INTO "temp"."gone_2"
SELECT target."period_start", target."client_id", target."currency", 'scope' FROM "main"."time_clients" AS target
WHERE NOT EXISTS (SELECT 1 FROM "temp"."load_2" AS staged WHERE staged."period_start" = target."period_start" AND staged."client_id" = target."client_id" AND staged."currency" = target."currency")
  AND NOT EXISTS (SELECT 1 FROM "temp"."gone_2" AS gone WHERE gone."period_start" = target."period_start" AND gone."client_id" = target."client_id" AND gone."currency" = target."currency")
  AND target."period_start" IN (SELECT CASE WHEN regexp_full_match("item", '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN TRY_CAST("item" AS DATE) END FROM (SELECT unnest(from_json($values, '["VARCHAR"]')) AS "item"));

INSERT INTO "temp"."gone_1"
SELECT target."id", 'scope' FROM "main"."invoices" AS target
WHERE NOT EXISTS (SELECT 1 FROM "temp"."load_1" AS staged WHERE staged."id" = target."id")
  AND NOT EXISTS (SELECT 1 FROM "temp"."gone_1" AS gone WHERE gone."id" = target."id")
  AND target."_deleted_at" IS NULL;

-- $from = 2026-01-01
INSERT INTO "temp"."gone_2"
SELECT target."period_start", target."client_id", target."currency", 'scope' FROM "main"."time_clients" AS target
WHERE NOT EXISTS (SELECT 1 FROM "temp"."load_2" AS staged WHERE staged."period_start" = target."period_start" AND staged."client_id" = target."client_id" AND staged."currency" = target."currency")
  AND NOT EXISTS (SELECT 1 FROM "temp"."gone_2" AS gone WHERE gone."period_start" = target."period_start" AND gone."client_id" = target."client_id" AND gone."currency" = target."currency")
  AND (target."period_start" IS NULL OR (target."period_start" >= $from::DATE));

-- $keys = [["2026-01-01","7","EUR"]]
INSERT INTO "temp"."gone_2"
SELECT target."period_start", target."client_id", target."currency", 'removal' FROM "main"."time_clients" AS target
WHERE NOT EXISTS (SELECT 1 FROM "temp"."load_2" AS staged WHERE staged."period_start" = target."period_start" AND staged."client_id" = target."client_id" AND staged."currency" = target."currency")
  AND NOT EXISTS (SELECT 1 FROM "temp"."gone_2" AS gone WHERE gone."period_start" = target."period_start" AND gone."client_id" = target."client_id" AND gone."currency" = target."currency")
  AND EXISTS (SELECT 1 FROM (SELECT CASE WHEN regexp_full_match("item"[1], '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN TRY_CAST("item"[1] AS DATE) END AS "period_start", CASE WHEN regexp_full_match("item"[2], '-?[0-9]+') THEN TRY_CAST("item"[2] AS BIGINT) END AS "client_id", TRY_CAST("item"[3] AS VARCHAR) AS "currency"
    FROM (SELECT unnest(from_json($keys, '[["VARCHAR"]]')) AS "item")) AS given
    WHERE given."period_start" = target."period_start" AND given."client_id" = target."client_id" AND given."currency" = target."currency");

-- $keys = [["2026-01-01","7","EUR"]]
INSERT INTO "temp"."gone_2"
SELECT target."period_start", target."client_id", target."currency", 'scope' FROM "main"."time_clients" AS target
LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
    WHERE "stream" = 'time_clients' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."period_start" AS VARCHAR), CAST(target."client_id" AS VARCHAR), CAST(target."currency" AS VARCHAR))
WHERE NOT EXISTS (SELECT 1 FROM "temp"."load_2" AS staged WHERE staged."period_start" = target."period_start" AND staged."client_id" = target."client_id" AND staged."currency" = target."currency")
  AND NOT EXISTS (SELECT 1 FROM "temp"."gone_2" AS gone WHERE gone."period_start" = target."period_start" AND gone."client_id" = target."client_id" AND gone."currency" = target."currency")
  AND EXISTS (SELECT 1 FROM (SELECT CASE WHEN regexp_full_match("item"[1], '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN TRY_CAST("item"[1] AS DATE) END AS "period_start", CASE WHEN regexp_full_match("item"[2], '-?[0-9]+') THEN TRY_CAST("item"[2] AS BIGINT) END AS "client_id", TRY_CAST("item"[3] AS VARCHAR) AS "currency"
    FROM (SELECT unnest(from_json($keys, '[["VARCHAR"]]')) AS "item")) AS given
    WHERE given."period_start" = target."period_start" AND given."client_id" = target."client_id" AND given."currency" = target."currency")
  AND NOT COALESCE(noted."found_at" >= target."_synced_at", false);

-- $keys = [["2026-01-01","7","EUR"]]
DELETE FROM "temp"."gone_2" AS gone USING (SELECT CASE WHEN regexp_full_match("item"[1], '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN TRY_CAST("item"[1] AS DATE) END AS "period_start", CASE WHEN regexp_full_match("item"[2], '-?[0-9]+') THEN TRY_CAST("item"[2] AS BIGINT) END AS "client_id", TRY_CAST("item"[3] AS VARCHAR) AS "currency"
    FROM (SELECT unnest(from_json($keys, '[["VARCHAR"]]')) AS "item")) AS spared
WHERE spared."period_start" = gone."period_start" AND spared."client_id" = gone."client_id" AND spared."currency" = gone."currency" AND gone."_cause" = 'scope';

SELECT count(*) FILTER ("_cause" = 'scope'), count(*) FILTER ("_cause" = 'removal') FROM "temp"."gone_2";

SELECT count(*) FROM "main"."invoices" WHERE "_deleted_at" IS NULL;
