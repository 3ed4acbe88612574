SELECT target."period_start", count(*) FROM "main"."time_clients" AS target
GROUP BY target."period_start";

SELECT '', count(*) FROM "main"."invoices" AS target
WHERE target."_deleted_at" IS NULL;

SELECT target."period_start", count(*) FROM "main"."time_clients" AS target
LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM "main"."_deletions"
    WHERE "stream" = 'time_clients' GROUP BY "record_key") AS noted ON noted."record_key" = concat_ws('|', CAST(target."period_start" AS VARCHAR), CAST(target."client_id" AS VARCHAR), CAST(target."currency" AS VARCHAR))
WHERE NOT COALESCE(noted."found_at" >= target."_synced_at", false)
GROUP BY target."period_start";
