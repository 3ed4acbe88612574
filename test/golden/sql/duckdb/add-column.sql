ALTER TABLE "main"."invoices" ADD COLUMN "order" VARCHAR;

ALTER TABLE "main"."invoices" ADD COLUMN "line_items"."element"."taxed" BOOLEAN;

CREATE TEMP TABLE "temp"."next_of_load_1" ("id", "order", "own", "line_items", "_deleted_at", "_synced_at", "_run_id") AS
SELECT "id",
  "order",
  "own",
  COALESCE("line_items", []),
  "_deleted_at",
  "_synced_at",
  "_run_id"
FROM "main"."invoices" WHERE "line_items" IS NULL;
