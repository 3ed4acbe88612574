CREATE OR REPLACE VIEW "main"."invoice_line_items" AS
SELECT document."id" AS "invoice_id",
  document."_element"."id" AS "line_item_id"
FROM (
  SELECT "id", unnest("line_items") AS "_element"
  FROM "main"."invoices"
  WHERE "_deleted_at" IS NULL
) AS document;
