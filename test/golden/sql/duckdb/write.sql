-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
INSERT INTO "main"."invoices" ("id", "order", "amount", "notes", "line_items", "updated_at", "_synced_at", "_run_id")
SELECT staged."id", staged."order", staged."amount", staged."notes", CAST(staged."line_items" AS STRUCT("id" BIGINT, "project_name" VARCHAR, "own" VARCHAR)[]), staged."updated_at", $at::TIMESTAMPTZ, $run
FROM "temp"."load_1" AS staged WHERE "_change" = 'insert';

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

-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
CREATE TEMP TABLE "temp"."next_of_load_1" ("id", "order", "own", "line_items", "_deleted_at", "_synced_at", "_run_id") AS
SELECT staged."id",
  staged."order",
  target."own",
  CAST(staged."line_items" AS STRUCT("id" BIGINT, "project_name" VARCHAR, "own" VARCHAR)[]),
  NULL,
  $at::TIMESTAMPTZ,
  $run
FROM "temp"."load_1" AS staged JOIN "main"."invoices" AS target ON target."id" = staged."id"
WHERE staged."_change" = 'update';

DELETE FROM "main"."invoices" AS target USING "temp"."next_of_load_1" AS next
WHERE target."id" = next."id";

INSERT INTO "main"."invoices" ("id", "order", "own", "line_items", "_deleted_at", "_synced_at", "_run_id")
SELECT "id", "order", "own", "line_items", "_deleted_at", "_synced_at", "_run_id" FROM "temp"."next_of_load_1";

DROP TABLE "temp"."next_of_load_1";
