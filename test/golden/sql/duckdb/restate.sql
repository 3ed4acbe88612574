-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
-- $periods = ["2026-01-01","2026-02-01"]
INSERT INTO "main"."_restatements" ("stream", "period_start", "entity_id", "currency", "column_name", "value_before", "value_after", "run_id", "noticed_at")
SELECT 'time_clients', "period_start", CAST("client_id" AS VARCHAR), "currency",
  "cell"."name", "cell"."before", "cell"."after", $run, $at::TIMESTAMPTZ
FROM (
SELECT staged."period_start", staged."client_id", staged."currency", unnest([{'name': 'total', 'before': rtrim(rtrim(CAST(target."total" AS VARCHAR), '0'), '.'), 'after': rtrim(rtrim(CAST(staged."total" AS VARCHAR), '0'), '.')}]) AS "cell"
FROM "temp"."load_2" AS staged LEFT JOIN "main"."time_clients" AS target ON target."period_start" = staged."period_start" AND target."client_id" = staged."client_id" AND target."currency" = staged."currency"
WHERE staged."_change" IN ('insert', 'update')
UNION ALL
SELECT target."period_start", target."client_id", target."currency", unnest([{'name': 'total', 'before': rtrim(rtrim(CAST(target."total" AS VARCHAR), '0'), '.'), 'after': CAST(NULL AS VARCHAR)}]) AS "cell"
FROM "temp"."gone_2" AS gone JOIN "main"."time_clients" AS target ON target."period_start" = gone."period_start" AND target."client_id" = gone."client_id" AND target."currency" = gone."currency"
) AS changed
WHERE "cell"."before" IS DISTINCT FROM "cell"."after"
  AND CAST("period_start" AS VARCHAR) IN (SELECT unnest(from_json($periods, '["VARCHAR"]')) AS "item");

-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
-- $periods = ["2026-01-01","2026-02-01"]
INSERT INTO "main"."_restatements" ("stream", "period_start", "entity_id", "currency", "column_name", "value_before", "value_after", "run_id", "noticed_at")
SELECT 'time_clients', "period_start", CAST("client_id" AS VARCHAR), "currency",
  "cell"."name", "cell"."before", "cell"."after", $run, $at::TIMESTAMPTZ
FROM (
SELECT staged."period_start", staged."client_id", staged."currency", unnest([{'name': 'total', 'before': rtrim(rtrim(CAST(target."total" AS VARCHAR), '0'), '.'), 'after': rtrim(rtrim(CAST(staged."total" AS VARCHAR), '0'), '.')}]) AS "cell"
FROM "temp"."load_2" AS staged LEFT JOIN "main"."time_clients" AS target ON target."period_start" = staged."period_start" AND target."client_id" = staged."client_id" AND target."currency" = staged."currency"
WHERE staged."_change" IN ('insert', 'update')
) AS changed
WHERE "cell"."before" IS DISTINCT FROM "cell"."after"
  AND CAST("period_start" AS VARCHAR) IN (SELECT unnest(from_json($periods, '["VARCHAR"]')) AS "item");
