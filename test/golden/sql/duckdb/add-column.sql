ALTER TABLE "main"."invoices" ADD COLUMN "order" VARCHAR;

ALTER TABLE "main"."invoices" ADD COLUMN "line_items"."element"."taxed" BOOLEAN;

UPDATE "main"."invoices" SET "tags" = [] WHERE "tags" IS NULL;
