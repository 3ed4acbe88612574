SELECT target.`period_start`, COUNT(*) FROM `acme-data`.`harvest_acme`.`time_clients` AS target
GROUP BY target.`period_start`;

SELECT '', COUNT(*) FROM `acme-data`.`harvest_acme`.`invoices` AS target
WHERE target.`_deleted_at` IS NULL;

SELECT target.`client_id`, COUNT(*) FROM `acme-data`.`harvest_acme`.`invoices` AS target
LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS `found_at` FROM `acme-data`.`harvest_acme`.`_deletions`
    WHERE `stream` = 'invoices' GROUP BY `record_key`) AS noted
  ON noted.`record_key` = CONCAT(CAST(target.`id` AS STRING))
WHERE target.`_deleted_at` IS NULL AND NOT IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE)
GROUP BY target.`client_id`;

SELECT '', COUNT(*) FROM `acme-data`.`harvest_acme`.`time_clients` AS target
LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS `found_at` FROM `acme-data`.`harvest_acme`.`_deletions`
    WHERE `stream` = 'time_clients' GROUP BY `record_key`) AS noted
  ON noted.`record_key` = CONCAT(CAST(target.`period_start` AS STRING), '|', CAST(target.`client_id` AS STRING), '|', CAST(target.`currency` AS STRING))
WHERE NOT IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE);
