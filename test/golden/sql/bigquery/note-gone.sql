-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`_deletions` (`stream`, `record_key`, `how`, `run_id`, `found_at`)
SELECT 'invoices', CONCAT(CAST(changed.`id` AS STRING)),
  CASE WHEN changed.`_change` = 'moved' THEN 'moved' ELSE 'sweep' END, @run, TIMESTAMP(@at)
FROM `acme-data`.`_harvest_staging`.`acme__invoices__0123__changes_0` AS changed
WHERE changed.`_change` IN ('gone', 'moved');

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`_deletions` (`stream`, `record_key`, `how`, `run_id`, `found_at`)
SELECT 'time_clients', CONCAT(CAST(changed.`period_start` AS STRING), '|', CAST(changed.`client_id` AS STRING), '|', CAST(changed.`currency` AS STRING)),
  CASE WHEN changed.`_change` = 'moved' THEN 'moved' ELSE NULL END, @run, TIMESTAMP(@at)
FROM `acme-data`.`_harvest_staging`.`acme__time_clients__4567__changes_0` AS changed
WHERE changed.`_change` = 'moved';

-- 0123
SELECT COUNT(*) FROM `acme-data`.`harvest_acme`.`invoices` WHERE `_deleted_at` IS NULL;
