CREATE TABLE "main"."invoices" (
  "id" BIGINT,
  "client_id" BIGINT,
  "client_name" VARCHAR,
  "line_items" STRUCT("id" BIGINT, "project_id" BIGINT, "project_name" VARCHAR, "amount" DECIMAL(38,9))[],
  "tags" VARCHAR[],
  "updated_at" TIMESTAMP WITH TIME ZONE,
  "_deleted_at" TIMESTAMP WITH TIME ZONE,
  "_synced_at" TIMESTAMP WITH TIME ZONE,
  "_run_id" VARCHAR,
  PRIMARY KEY ("id")
);

CREATE TABLE "main"."_sync_state" (
  "stream" VARCHAR,
  "version" BIGINT,
  "cursor" TIMESTAMP WITH TIME ZONE,
  "state" JSON,
  "run_id" VARCHAR,
  "committed_at" TIMESTAMP WITH TIME ZONE
);
