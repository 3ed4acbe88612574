-- $rows = [{"stream":"clients","record_key":null,"path":null,"reason":null,"record":"{\"id\":1}","run_id":null,"rejected_at":null}]
INSERT INTO "main"."_rejects" ("stream", "record_key", "path", "reason", "record", "run_id", "rejected_at")
SELECT CAST("item"."stream" AS VARCHAR), CAST("item"."record_key" AS VARCHAR), CAST("item"."path" AS VARCHAR), CAST("item"."reason" AS VARCHAR), CAST("item"."record" AS JSON), CAST("item"."run_id" AS VARCHAR), CAST("item"."rejected_at" AS TIMESTAMP WITH TIME ZONE)
FROM (SELECT unnest(from_json($rows, '[{"stream":"VARCHAR","record_key":"VARCHAR","path":"VARCHAR","reason":"VARCHAR","record":"VARCHAR","run_id":"VARCHAR","rejected_at":"VARCHAR"}]')) AS "item");

-- $notes = [{"stream":"clients","path":"vat","type_seen":"string","occurrences":"4"}]
-- $at = 2026-11-20T06:00:00Z
UPDATE "main"."_schema_drift" AS drift SET
  "occurrences" = drift."occurrences" + CAST("item"."occurrences" AS BIGINT), "last_seen_at" = $at::TIMESTAMPTZ
FROM (SELECT unnest(from_json($notes, '[{"stream":"VARCHAR","path":"VARCHAR","type_seen":"VARCHAR","occurrences":"VARCHAR"}]')) AS "item") AS seen
WHERE drift."stream" = "item"."stream" AND drift."path" = "item"."path" AND drift."type_seen" = "item"."type_seen";

-- $notes = [{"stream":"clients","path":"vat","type_seen":"string","occurrences":"4"}]
-- $at = 2026-11-20T06:00:00Z
INSERT INTO "main"."_schema_drift" ("stream", "path", "type_seen", "occurrences", "first_seen_at", "last_seen_at")
SELECT "item"."stream", "item"."path", "item"."type_seen", CAST("item"."occurrences" AS BIGINT), $at::TIMESTAMPTZ, $at::TIMESTAMPTZ
FROM (SELECT unnest(from_json($notes, '[{"stream":"VARCHAR","path":"VARCHAR","type_seen":"VARCHAR","occurrences":"VARCHAR"}]')) AS "item") AS seen
WHERE NOT EXISTS (SELECT 1 FROM "main"."_schema_drift" AS drift WHERE drift."stream" = "item"."stream" AND drift."path" = "item"."path" AND drift."type_seen" = "item"."type_seen");

SELECT "period_start", "client_id", "currency", NULL AS "total" FROM "main"."time_clients"
ORDER BY "period_start" DESC NULLS LAST, rowid DESC
LIMIT '5'::BIGINT;
