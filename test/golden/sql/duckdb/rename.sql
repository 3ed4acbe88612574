-- $names = [{"id":"7","name":"O'Neill"}]
-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
UPDATE "main"."invoices" AS target SET "client_name" = renamed."name", "_synced_at" = $at::TIMESTAMPTZ, "_run_id" = $run
FROM (SELECT TRY_CAST("item"."id" AS BIGINT) AS "id", "item"."name" AS "name"
  FROM (SELECT unnest(from_json($names, '[{"id":"VARCHAR","name":"VARCHAR"}]')) AS "item")) AS renamed
WHERE target."client_id" = renamed."id" AND target."client_name" IS DISTINCT FROM renamed."name";

-- $names = [{"id":"7","name":"O'Neill"}]
-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
UPDATE "main"."invoices" AS target SET "line_items" = renamed."list", "_synced_at" = $at::TIMESTAMPTZ, "_run_id" = $run
FROM (
  SELECT document.rowid AS "row", list_transform(document."line_items", lambda element:
    CASE WHEN map_contains(names."by_id", CAST(element."project_id" AS VARCHAR))
    THEN struct_update(element, "project_name" := names."by_id"[CAST(element."project_id" AS VARCHAR)]) ELSE element END) AS "list"
  FROM "main"."invoices" AS document,
    (SELECT map_from_entries(list({'k': "item"."id", 'v': "item"."name"})) AS "by_id"
     FROM (SELECT unnest(from_json($names, '[{"id":"VARCHAR","name":"VARCHAR"}]')) AS "item")) AS names
  WHERE list_has_any(map_keys(names."by_id"), list_transform(document."line_items", lambda element: CAST(element."project_id" AS VARCHAR)))
) AS renamed
WHERE target.rowid = renamed."row" AND target."line_items" IS DISTINCT FROM renamed."list";
