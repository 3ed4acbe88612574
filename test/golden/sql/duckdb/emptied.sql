-- $run = run-1
CREATE TEMP TABLE "temp"."next_of_emptied" ("id", "order", "own", "line_items", "_deleted_at", "_synced_at", "_run_id") AS
SELECT target."id",
  CAST(NULL AS VARCHAR),
  target."own",
  list_transform(target."line_items", lambda element: struct_update(element, "project_name" := CAST(NULL AS VARCHAR))),
  target."_deleted_at",
  target."_synced_at",
  $run
FROM "main"."invoices" AS target
WHERE target."order" IS NOT NULL
  OR len(target."tags") > 0
  OR len(list_filter(target."line_items", lambda element: element."project_name" IS NOT NULL)) > 0;

-- $stream = invoices
SELECT rowid, "record" FROM "main"."_rejects" WHERE "stream" = $stream AND "record" IS NOT NULL;

-- $records = [{"row":"7","record":"{\"id\":1}"}]
UPDATE "main"."_rejects" AS reject SET "record" = CAST("item"."record" AS JSON)
FROM (SELECT unnest(from_json($records, '[{"row":"VARCHAR","record":"VARCHAR"}]')) AS "item") AS emptied
WHERE reject.rowid = CAST("item"."row" AS BIGINT);

-- $stream = invoices
-- $columns = ["notes"]
DELETE FROM "main"."_restatements"
WHERE "stream" = $stream AND "column_name" IN (SELECT "item" FROM (SELECT unnest(from_json($columns, '["VARCHAR"]')) AS "item"));
