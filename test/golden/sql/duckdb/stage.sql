CREATE TEMP TABLE "temp"."load_1" (
  "id" BIGINT,
  "order" VARCHAR,
  "amount" DECIMAL(38,9),
  "notes" JSON,
  "line_items" STRUCT("id" BIGINT, "project_name" VARCHAR)[],
  "updated_at" TIMESTAMP WITH TIME ZONE,
  "_seq" BIGINT,
  "_change" VARCHAR
);

INSERT INTO "temp"."load_1" ("id", "order", "amount", "notes", "line_items", "updated_at", "_seq", "_change")
SELECT "id",
  "order",
  COALESCE(CAST(TRY_CAST("amount" AS DECIMAL(18,9)) AS DECIMAL(38,9)), CAST("amount" AS DECIMAL(38,9))),
  CAST("notes" AS JSON),
  COALESCE("line_items", []),
  "updated_at",
  "_seq",
  'insert'
FROM read_json(['/tmp/it''s/1.ndjson', '/tmp/2.ndjson'], format = 'newline_delimited', hive_partitioning = false, maximum_object_size = 8388608,
  columns = {"id": 'BIGINT', "order": 'VARCHAR', "amount": 'VARCHAR', "notes": 'VARCHAR', "line_items": 'STRUCT("id" BIGINT, "project_name" VARCHAR)[]', "updated_at": 'TIMESTAMP WITH TIME ZONE', "_seq": 'BIGINT'});

DELETE FROM "temp"."load_1" WHERE rowid IN (
  SELECT rowid FROM "temp"."load_1"
  QUALIFY row_number() OVER (PARTITION BY "id" ORDER BY "updated_at" DESC NULLS LAST, "_seq" DESC) > 1
);
