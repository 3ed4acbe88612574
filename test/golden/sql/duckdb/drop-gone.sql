DELETE FROM "main"."time_clients" AS target USING "temp"."gone_2" AS gone
WHERE target."period_start" = gone."period_start" AND target."client_id" = gone."client_id" AND target."currency" = gone."currency";

-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
UPDATE "main"."invoices" AS target SET
  "_deleted_at" = $at::TIMESTAMPTZ, "_synced_at" = $at::TIMESTAMPTZ, "_run_id" = $run
FROM "temp"."gone_1" AS gone WHERE target."id" = gone."id";

DELETE FROM "main"."time_clients" AS target USING "temp"."gone_2" AS gone
WHERE target."period_start" = gone."period_start" AND target."client_id" = gone."client_id" AND target."currency" = gone."currency" AND gone."_cause" = 'removal';

-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
INSERT INTO "main"."_deletions" ("stream", "record_key", "how", "run_id", "found_at")
SELECT 'time_clients', concat_ws('|', CAST(gone."period_start" AS VARCHAR), CAST(gone."client_id" AS VARCHAR), CAST(gone."currency" AS VARCHAR)),
  CASE WHEN gone."_cause" = 'removal' THEN 'moved' ELSE 'sweep' END, $run, $at::TIMESTAMPTZ
FROM "temp"."gone_2" AS gone;

-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
INSERT INTO "main"."_deletions" ("stream", "record_key", "how", "run_id", "found_at")
SELECT 'time_clients', concat_ws('|', CAST(gone."period_start" AS VARCHAR), CAST(gone."client_id" AS VARCHAR), CAST(gone."currency" AS VARCHAR)),
  CASE WHEN gone."_cause" = 'removal' THEN 'moved' ELSE NULL END, $run, $at::TIMESTAMPTZ
FROM "temp"."gone_2" AS gone
WHERE gone."_cause" = 'removal';
