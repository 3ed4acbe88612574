-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
INSERT INTO "main"."invoices" ("id", "order", "amount", "notes", "line_items", "updated_at", "_synced_at", "_run_id")
SELECT staged."id", staged."order", staged."amount", staged."notes", CAST(staged."line_items" AS STRUCT("id" BIGINT, "project_name" VARCHAR, "own" VARCHAR)[]), staged."updated_at", $at::TIMESTAMPTZ, $run
FROM "temp"."load_1" AS staged WHERE "_change" IN ('insert');

-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
UPDATE "main"."invoices" AS target SET
  "order" = staged."order",
  "amount" = staged."amount",
  "notes" = staged."notes",
  "line_items" = CAST(staged."line_items" AS STRUCT("id" BIGINT, "project_name" VARCHAR, "own" VARCHAR)[]),
  "updated_at" = staged."updated_at",
  "_deleted_at" = NULL,
  "_synced_at" = $at::TIMESTAMPTZ,
  "_run_id" = $run
FROM "temp"."load_1" AS staged
WHERE staged."_change" = 'update' AND target."id" = staged."id";

DELETE FROM "main"."invoices" AS target USING "temp"."load_1" AS staged
WHERE staged."_change" = 'update' AND target."id" = staged."id";
