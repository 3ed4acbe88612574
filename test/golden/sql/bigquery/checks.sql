SELECT FORMAT_DATE('%Y-%m', `issue_date`) AS `c0`,
  FORMAT_DATE('%Y', `issue_date`) AS `c1`,
  `client_id` AS `c2`,
  COUNT(*) AS `c3`,
  COUNTIF(`sent`) AS `c4`,
  COALESCE(SUM(`amount`), 0) AS `c5`,
  COALESCE(SUM(IF(`sent`, `amount`, NULL)), 0) AS `c6`,
  COALESCE(SUM(IF(`sent`, `amount` * `due_amount`, NULL)), 0) AS `c7`,
  COUNTIF(`amount` * `due_amount` <> ROUND(`amount` * `due_amount`, 2)) AS `c8`,
  COUNTIF(`amount` * `due_amount` <> ROUND(`amount` * `due_amount`, 2) AND `sent`) AS `c9`
FROM `acme-data`.`harvest_acme`.`invoices` AS live
WHERE `issue_date` >= DATE '2026-01-01' AND `issue_date` <= DATE '2026-12-31'
GROUP BY 1, 2, 3;

SELECT COUNT(*) AS `c0`,
  COUNTIF(`sent`) AS `c1`,
  COALESCE(SUM(`amount`), 0) AS `c2`,
  COALESCE(SUM(IF(`sent`, `amount`, NULL)), 0) AS `c3`,
  COALESCE(SUM(IF(`sent`, `amount` * `due_amount`, NULL)), 0) AS `c4`,
  COUNTIF(`amount` * `due_amount` <> ROUND(`amount` * `due_amount`, 2)) AS `c5`,
  COUNTIF(`amount` * `due_amount` <> ROUND(`amount` * `due_amount`, 2) AND `sent`) AS `c6`
FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoices` AS target
    WHERE target.`_deleted_at` IS NULL) AS live;

SELECT COUNT(*) OVER () AS found, `id`, times FROM (
  SELECT `id`, COUNT(*) AS times FROM `acme-data`.`harvest_acme`.`invoices` GROUP BY `id`
) WHERE times > 1
ORDER BY `id` LIMIT 20;

SELECT COUNT(*) OVER () AS found, live.`id`, live.`invoice_id` AS pointer
FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoice_payments` AS target
    LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS found_at FROM `acme-data`.`harvest_acme`.`_deletions`
        WHERE `stream` = 'invoice_payments' GROUP BY 1) AS noted ON noted.record_key = CONCAT(CAST(target.`id` AS STRING))
    WHERE COALESCE(noted.found_at < target.`_synced_at`, TRUE)) AS live
WHERE live.`invoice_id` IS NOT NULL AND NOT EXISTS
  (SELECT 1 FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoices` AS target
    WHERE target.`_deleted_at` IS NULL) AS there WHERE there.`id` = live.`invoice_id`)
ORDER BY live.`id` LIMIT 20;

SELECT COUNT(*) OVER () AS found, live.`id`, COALESCE(live.`amount`, 0) - COALESCE(live.`due_amount`, 0) AS settled, COALESCE(parts.amount, 0) AS amount
FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoices` AS target
    WHERE target.`_deleted_at` IS NULL) AS live LEFT JOIN (
  SELECT live.`invoice_id` AS pointer, SUM(live.`amount`) AS amount FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoice_payments` AS target
    LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS found_at FROM `acme-data`.`harvest_acme`.`_deletions`
        WHERE `stream` = 'invoice_payments' GROUP BY 1) AS noted ON noted.record_key = CONCAT(CAST(target.`id` AS STRING))
    WHERE COALESCE(noted.found_at < target.`_synced_at`, TRUE)) AS live GROUP BY 1
) AS parts ON parts.pointer = live.`id`
WHERE COALESCE(live.`amount`, 0) - COALESCE(live.`due_amount`, 0) <> COALESCE(parts.amount, 0) AND COALESCE(live.`state`, '') <> 'it\'s'
ORDER BY live.`id` LIMIT 20;

SELECT COUNT(*) OVER () AS found, live.`id`, COALESCE(live.`amount`, 0) - COALESCE(live.`due_amount`, 0) AS settled, COALESCE(parts.amount, 0) AS amount
FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoices` AS target
    WHERE target.`_deleted_at` IS NULL) AS live LEFT JOIN (
  SELECT live.`invoice_id` AS pointer, SUM(live.`amount`) AS amount FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoice_payments` AS target
    LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS found_at FROM `acme-data`.`harvest_acme`.`_deletions`
        WHERE `stream` = 'invoice_payments' GROUP BY 1) AS noted ON noted.record_key = CONCAT(CAST(target.`id` AS STRING))
    WHERE COALESCE(noted.found_at < target.`_synced_at`, TRUE)) AS live GROUP BY 1
) AS parts ON parts.pointer = live.`id`
WHERE COALESCE(live.`amount`, 0) - COALESCE(live.`due_amount`, 0) <> COALESCE(parts.amount, 0)
ORDER BY live.`id` LIMIT 20;
