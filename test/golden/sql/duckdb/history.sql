-- $at = 2026-11-20T06:00:00Z
UPDATE "main"."invoices_history" AS version SET "_valid_to" = greatest($at::TIMESTAMPTZ, version."_valid_from" + INTERVAL 1 MICROSECOND), "_is_deleted" = true
FROM "temp"."gone_1" AS gone
WHERE version."_valid_to" IS NULL AND version."id" = gone."id";

-- $at = 2026-11-20T06:00:00Z
UPDATE "main"."invoices_history" AS version SET "_valid_to" = greatest($at::TIMESTAMPTZ, version."_valid_from" + INTERVAL 1 MICROSECOND)
FROM "temp"."load_1" AS staged
WHERE staged."_change" IN ('insert', 'update') AND version."_valid_to" IS NULL AND version."id" = staged."id";

-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
INSERT INTO "main"."invoices_history" ("id", "client_id", "client_name", "line_items", "tags", "updated_at", "notes", "_valid_from", "_valid_to", "_is_deleted", "_run_id")
SELECT CAST(staged."id" AS BIGINT), CAST(staged."client_id" AS BIGINT), CAST(staged."client_name" AS VARCHAR), CAST(staged."line_items" AS STRUCT("id" BIGINT, "own" VARCHAR)[]), CAST(staged."tags" AS VARCHAR[]), CAST(staged."updated_at" AS TIMESTAMP WITH TIME ZONE), CAST(staged."notes" AS JSON),
  greatest($at::TIMESTAMPTZ, COALESCE(before."until", $at::TIMESTAMPTZ)), NULL, false, $run
FROM "temp"."load_1" AS staged LEFT JOIN (
  SELECT version."id", max(version."_valid_to") AS "until"
  FROM "main"."invoices_history" AS version JOIN "temp"."load_1" AS staged
    ON staged."_change" IN ('insert', 'update') AND version."id" = staged."id" GROUP BY ALL
) AS before ON before."id" = staged."id"
WHERE staged."_change" IN ('insert', 'update');

-- $at = 2026-11-20T06:00:00Z
UPDATE "main"."invoices_history" AS version SET "_valid_to" = greatest($at::TIMESTAMPTZ, version."_valid_from" + INTERVAL 1 MICROSECOND), "_is_deleted" = other."fault" = 'left'
FROM (SELECT DISTINCT "id", "fault" FROM (
  SELECT COALESCE(target."id", version."id") AS "id", CASE
    WHEN version."id" IS NULL THEN 'missing'
    WHEN target."id" IS NULL THEN 'left'
    WHEN version."_versions" > 1 THEN 'several'
    WHEN CAST(target."client_id" AS BIGINT) IS DISTINCT FROM CAST(version."client_id" AS BIGINT)
      OR CAST(target."client_name" AS VARCHAR) IS DISTINCT FROM CAST(version."client_name" AS VARCHAR)
      OR CAST(target."line_items" AS STRUCT("id" BIGINT, "project_id" BIGINT, "project_name" VARCHAR, "amount" DECIMAL(38,9))[]) IS DISTINCT FROM CAST(version."line_items" AS STRUCT("id" BIGINT, "project_id" BIGINT, "project_name" VARCHAR, "amount" DECIMAL(38,9))[])
      OR CAST(target."tags" AS VARCHAR[]) IS DISTINCT FROM CAST(version."tags" AS VARCHAR[])
      OR CAST(target."updated_at" AS TIMESTAMP WITH TIME ZONE) IS DISTINCT FROM CAST(version."updated_at" AS TIMESTAMP WITH TIME ZONE)
      OR CAST(target."notes" AS JSON) IS DISTINCT FROM CAST(version."notes" AS JSON) THEN 'differs' END AS "fault"
  FROM (SELECT target.* FROM "main"."invoices" AS target
        WHERE target."_deleted_at" IS NULL) AS target
  FULL JOIN (SELECT *, count(*) OVER (PARTITION BY "id") AS "_versions"
    FROM "main"."invoices_history" AS version WHERE version."_valid_to" IS NULL) AS version ON version."id" = target."id"
) AS looked WHERE "fault" IS NOT NULL) AS other
WHERE version."_valid_to" IS NULL AND version."id" = other."id";

-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
INSERT INTO "main"."invoices_history" ("id", "client_id", "client_name", "line_items", "tags", "updated_at", "notes", "_valid_from", "_valid_to", "_is_deleted", "_run_id")
SELECT CAST(target."id" AS BIGINT), CAST(target."client_id" AS BIGINT), CAST(target."client_name" AS VARCHAR), CAST(target."line_items" AS STRUCT("id" BIGINT, "own" VARCHAR)[]), CAST(target."tags" AS VARCHAR[]), CAST(target."updated_at" AS TIMESTAMP WITH TIME ZONE), CAST(target."notes" AS JSON),
  greatest($at::TIMESTAMPTZ, COALESCE(before."until", $at::TIMESTAMPTZ)), NULL, false, $run
FROM "main"."invoices" AS target
LEFT JOIN (SELECT "id", max("_valid_to") AS "until", bool_or("_valid_to" IS NULL) AS "is_open"
    FROM "main"."invoices_history" GROUP BY ALL) AS before ON before."id" = target."id"
WHERE NOT COALESCE(before."is_open", false) AND target."_deleted_at" IS NULL;

SELECT count(*) OVER (), "id", "fault" FROM (SELECT DISTINCT "id", "fault" FROM (
  SELECT COALESCE(target."id", version."id") AS "id", CASE
    WHEN version."id" IS NULL THEN 'missing'
    WHEN target."id" IS NULL THEN 'left'
    WHEN version."_versions" > 1 THEN 'several'
    WHEN CAST(target."client_id" AS BIGINT) IS DISTINCT FROM CAST(version."client_id" AS BIGINT)
      OR CAST(target."client_name" AS VARCHAR) IS DISTINCT FROM CAST(version."client_name" AS VARCHAR)
      OR CAST(target."line_items" AS STRUCT("id" BIGINT, "project_id" BIGINT, "project_name" VARCHAR, "amount" DECIMAL(38,9))[]) IS DISTINCT FROM CAST(version."line_items" AS STRUCT("id" BIGINT, "project_id" BIGINT, "project_name" VARCHAR, "amount" DECIMAL(38,9))[])
      OR CAST(target."tags" AS VARCHAR[]) IS DISTINCT FROM CAST(version."tags" AS VARCHAR[])
      OR CAST(target."updated_at" AS TIMESTAMP WITH TIME ZONE) IS DISTINCT FROM CAST(version."updated_at" AS TIMESTAMP WITH TIME ZONE)
      OR CAST(target."notes" AS JSON) IS DISTINCT FROM CAST(version."notes" AS JSON) THEN 'differs' END AS "fault"
  FROM (SELECT target.* FROM "main"."invoices" AS target
        WHERE target."_deleted_at" IS NULL) AS target
  FULL JOIN (SELECT *, count(*) OVER (PARTITION BY "id") AS "_versions"
    FROM "main"."invoices_history" AS version WHERE version."_valid_to" IS NULL) AS version ON version."id" = target."id"
) AS looked WHERE "fault" IS NOT NULL) AS wrong
ORDER BY "id" LIMIT 20;

-- $at = 2026-11-20T06:00:00Z
UPDATE "main"."invoices_history" AS version SET "_valid_to" = greatest($at::TIMESTAMPTZ, version."_valid_from" + INTERVAL 1 MICROSECOND), "_is_deleted" = other."fault" = 'left'
FROM (SELECT DISTINCT "id", "fault" FROM (
  SELECT COALESCE(target."id", version."id") AS "id", CASE
    WHEN version."id" IS NULL THEN 'missing'
    WHEN target."id" IS NULL THEN 'left'
    WHEN version."_versions" > 1 THEN 'several'
    WHEN CAST(target."client_id" AS BIGINT) IS DISTINCT FROM CAST(version."client_id" AS BIGINT)
      OR CAST(target."client_name" AS VARCHAR) IS DISTINCT FROM CAST(version."client_name" AS VARCHAR)
      OR CAST(target."line_items" AS STRUCT("id" BIGINT, "project_id" BIGINT, "project_name" VARCHAR, "amount" DECIMAL(38,9))[]) IS DISTINCT FROM CAST(version."line_items" AS STRUCT("id" BIGINT, "project_id" BIGINT, "project_name" VARCHAR, "amount" DECIMAL(38,9))[])
      OR CAST(target."tags" AS VARCHAR[]) IS DISTINCT FROM CAST(version."tags" AS VARCHAR[])
      OR CAST(target."updated_at" AS TIMESTAMP WITH TIME ZONE) IS DISTINCT FROM CAST(version."updated_at" AS TIMESTAMP WITH TIME ZONE)
      OR CAST(target."notes" AS JSON) IS DISTINCT FROM CAST(version."notes" AS JSON) THEN 'differs' END AS "fault"
  FROM (SELECT target.* FROM "main"."invoices" AS target
    LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
        WHERE "stream" = 'invoices' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."id" AS VARCHAR))
        WHERE NOT COALESCE(noted."found_at" >= target."_synced_at", false)) AS target
  FULL JOIN (SELECT *, count(*) OVER (PARTITION BY "id") AS "_versions"
    FROM "main"."invoices_history" AS version WHERE version."_valid_to" IS NULL) AS version ON version."id" = target."id"
) AS looked WHERE "fault" IS NOT NULL) AS other
WHERE version."_valid_to" IS NULL AND version."id" = other."id";

-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
INSERT INTO "main"."invoices_history" ("id", "client_id", "client_name", "line_items", "tags", "updated_at", "notes", "_valid_from", "_valid_to", "_is_deleted", "_run_id")
SELECT CAST(target."id" AS BIGINT), CAST(target."client_id" AS BIGINT), CAST(target."client_name" AS VARCHAR), CAST(target."line_items" AS STRUCT("id" BIGINT, "own" VARCHAR)[]), CAST(target."tags" AS VARCHAR[]), CAST(target."updated_at" AS TIMESTAMP WITH TIME ZONE), CAST(target."notes" AS JSON),
  greatest($at::TIMESTAMPTZ, COALESCE(before."until", $at::TIMESTAMPTZ)), NULL, false, $run
FROM "main"."invoices" AS target
LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
    WHERE "stream" = 'invoices' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."id" AS VARCHAR))
LEFT JOIN (SELECT "id", max("_valid_to") AS "until", bool_or("_valid_to" IS NULL) AS "is_open"
    FROM "main"."invoices_history" GROUP BY ALL) AS before ON before."id" = target."id"
WHERE NOT COALESCE(before."is_open", false) AND NOT COALESCE(noted."found_at" >= target."_synced_at", false);

SELECT count(*) OVER (), "id", "fault" FROM (SELECT DISTINCT "id", "fault" FROM (
  SELECT COALESCE(target."id", version."id") AS "id", CASE
    WHEN version."id" IS NULL THEN 'missing'
    WHEN target."id" IS NULL THEN 'left'
    WHEN version."_versions" > 1 THEN 'several'
    WHEN CAST(target."client_id" AS BIGINT) IS DISTINCT FROM CAST(version."client_id" AS BIGINT)
      OR CAST(target."client_name" AS VARCHAR) IS DISTINCT FROM CAST(version."client_name" AS VARCHAR)
      OR CAST(target."line_items" AS STRUCT("id" BIGINT, "project_id" BIGINT, "project_name" VARCHAR, "amount" DECIMAL(38,9))[]) IS DISTINCT FROM CAST(version."line_items" AS STRUCT("id" BIGINT, "project_id" BIGINT, "project_name" VARCHAR, "amount" DECIMAL(38,9))[])
      OR CAST(target."tags" AS VARCHAR[]) IS DISTINCT FROM CAST(version."tags" AS VARCHAR[])
      OR CAST(target."updated_at" AS TIMESTAMP WITH TIME ZONE) IS DISTINCT FROM CAST(version."updated_at" AS TIMESTAMP WITH TIME ZONE)
      OR CAST(target."notes" AS JSON) IS DISTINCT FROM CAST(version."notes" AS JSON) THEN 'differs' END AS "fault"
  FROM (SELECT target.* FROM "main"."invoices" AS target
    LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
        WHERE "stream" = 'invoices' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."id" AS VARCHAR))
        WHERE NOT COALESCE(noted."found_at" >= target."_synced_at", false)) AS target
  FULL JOIN (SELECT *, count(*) OVER (PARTITION BY "id") AS "_versions"
    FROM "main"."invoices_history" AS version WHERE version."_valid_to" IS NULL) AS version ON version."id" = target."id"
) AS looked WHERE "fault" IS NOT NULL) AS wrong
ORDER BY "id" LIMIT 20;

-- $before = 2026-10-20T06:00:00Z
DELETE FROM "main"."invoices_history" WHERE "_valid_to" < $before::TIMESTAMPTZ;

-- $names = [{"id":"7","name":"O'Neill"}]
UPDATE "main"."invoices_history" AS target SET
  "client_name" = renamed."name"
FROM (SELECT TRY_CAST("item"."id" AS BIGINT) AS "id", "item"."name" AS "name"
  FROM (SELECT unnest(from_json($names, '[{"id":"VARCHAR","name":"VARCHAR"}]')) AS "item")) AS renamed
WHERE target."client_id" = renamed."id" AND target."client_name" IS DISTINCT FROM renamed."name"
  AND target."_valid_to" IS NULL;

-- $names = [{"id":"7","name":"O'Neill"}]
CREATE TEMP TABLE "temp"."next_of_rename" ("id", "client_id", "client_name", "line_items", "tags", "updated_at", "notes", "_valid_from", "_valid_to", "_is_deleted", "_run_id") AS
SELECT target."id",
  target."client_id",
  target."client_name",
  list_transform(target."line_items", lambda element: CASE WHEN map_contains(names."by_id", CAST(element."project_id" AS VARCHAR))
    THEN struct_update(element, "project_name" := names."by_id"[CAST(element."project_id" AS VARCHAR)]) ELSE element END),
  target."tags",
  target."updated_at",
  target."notes",
  target."_valid_from",
  target."_valid_to",
  target."_is_deleted",
  target."_run_id"
FROM "main"."invoices_history" AS target,
  (SELECT map_from_entries(list({'k': "item"."id", 'v': "item"."name"})) AS "by_id" FROM (SELECT unnest(from_json($names, '[{"id":"VARCHAR","name":"VARCHAR"}]')) AS "item")) AS names
WHERE target.rowid IN (
  SELECT part."row" FROM (SELECT rowid AS "row", unnest("line_items") AS element FROM "main"."invoices_history") AS part
  JOIN (SELECT unnest(from_json($names, '[{"id":"VARCHAR","name":"VARCHAR"}]')) AS "item") AS renamed ON CAST(element."project_id" AS VARCHAR) = "item"."id"
  WHERE element."project_name" IS DISTINCT FROM "item"."name")
  AND target."_valid_to" IS NULL;
