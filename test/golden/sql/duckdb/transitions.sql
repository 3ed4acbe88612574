SELECT * EXCLUDE ("newest"), max("newest") FROM (
SELECT 'new' AS "kind", NULL AS "before_0", staged."order" AS "after_0", staged."updated_at" AS "newest"
FROM "temp"."load_1" AS staged WHERE "_change" = 'insert'
UNION ALL
SELECT 'changed', target."order" AS "before_0", staged."order" AS "after_0", staged."updated_at" AS "newest"
FROM "temp"."load_1" AS staged JOIN "main"."invoices" AS target ON target."id" = staged."id"
WHERE "_change" = 'update'
UNION ALL
SELECT 'gone', target."order" AS "before_0", NULL AS "after_0", target."updated_at" AS "newest"
FROM "temp"."gone_1" AS gone JOIN "main"."invoices" AS target ON target."id" = gone."id"
) GROUP BY ALL;
