-- $stream = clients
-- $version = 3
-- $cursor = NULL
-- $state = {"done":["2026-01"]}
-- $at = 2026-11-20T06:00:00Z
-- $run = run-1
INSERT INTO "main"."_sync_state" ("stream", "version", "cursor", "state", "run_id", "committed_at")
SELECT $stream, $version::BIGINT + 1, $cursor::TIMESTAMPTZ, $state::JSON, $run, $at::TIMESTAMPTZ
WHERE $version::BIGINT = (SELECT COALESCE(max("version"), 0) FROM "main"."_sync_state" WHERE "stream" = $stream);

SELECT "stream", "version", "cursor", "state", "run_id", "committed_at" FROM "main"."_sync_state"
QUALIFY row_number() OVER (PARTITION BY "stream" ORDER BY "version" DESC, "cursor" NULLS FIRST) = 1
ORDER BY "stream";
