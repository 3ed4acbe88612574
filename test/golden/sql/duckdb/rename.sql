-- $names = [{"id":"7","name":"O'Neill"}]
-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
UPDATE "main"."invoices" AS target SET
  "client_name" = renamed."name", "_synced_at" = $at::TIMESTAMPTZ, "_run_id" = $run
FROM (SELECT TRY_CAST("item"."id" AS BIGINT) AS "id", "item"."name" AS "name"
  FROM (SELECT unnest(from_json($names, '[{"id":"VARCHAR","name":"VARCHAR"}]')) AS "item")) AS renamed
WHERE target."client_id" = renamed."id" AND target."client_name" IS DISTINCT FROM renamed."name"
  AND concat_ws('|', CAST(target."id" AS VARCHAR)) NOT IN (
    SELECT concat_ws('|', CAST(target."id" AS VARCHAR)) FROM "main"."invoices" AS target
    LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
        WHERE "stream" = 'invoices' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."id" AS VARCHAR))
    WHERE COALESCE(noted."found_at" >= target."_synced_at", false));

-- $names = [{"id":"7","name":"O'Neill"}]
-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
CREATE TEMP TABLE "temp"."next_of_rename" ("id", "order", "own", "line_items", "_deleted_at", "_synced_at", "_run_id") AS
SELECT target."id",
  target."order",
  target."own",
  list_transform(target."line_items", lambda element: CASE WHEN map_contains(names."by_id", CAST(element."project_id" AS VARCHAR))
    THEN struct_update(element, "project_name" := names."by_id"[CAST(element."project_id" AS VARCHAR)]) ELSE element END),
  target."_deleted_at",
  $at::TIMESTAMPTZ,
  $run
FROM "main"."invoices" AS target,
  (SELECT map_from_entries(list({'k': "item"."id", 'v': "item"."name"})) AS "by_id" FROM (SELECT unnest(from_json($names, '[{"id":"VARCHAR","name":"VARCHAR"}]')) AS "item")) AS names
WHERE target.rowid IN (
  SELECT part."row" FROM (SELECT rowid AS "row", unnest("line_items") AS element FROM "main"."invoices") AS part
  JOIN (SELECT unnest(from_json($names, '[{"id":"VARCHAR","name":"VARCHAR"}]')) AS "item") AS renamed ON CAST(element."project_id" AS VARCHAR) = "item"."id"
  WHERE element."project_name" IS DISTINCT FROM "item"."name")
  AND concat_ws('|', CAST(target."id" AS VARCHAR)) NOT IN (
    SELECT concat_ws('|', CAST(target."id" AS VARCHAR)) FROM "main"."invoices" AS target
    LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
        WHERE "stream" = 'invoices' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."id" AS VARCHAR))
    WHERE COALESCE(noted."found_at" >= target."_synced_at", false));
