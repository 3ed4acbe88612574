-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
MERGE INTO `acme-data`.`harvest_acme`.`invoices` AS target
USING `acme-data`.`_harvest_staging`.`acme__invoices__0123__changes_0` AS changed
ON target.`id` = changed.`id`
  AND target.`id` BETWEEN 13150403 AND 9007199254740993
WHEN MATCHED AND changed.`_change` = 'update' THEN UPDATE SET
  `client_id` = changed.`client_id`,
  `client_name` = changed.`client_name`,
  `line_items` = changed.`line_items`,
  `tags` = changed.`tags`,
  `updated_at` = changed.`updated_at`,
  `order` = changed.`order`,
  `notes` = changed.`notes`,
  `_deleted_at` = CAST(NULL AS TIMESTAMP),
  `_synced_at` = TIMESTAMP(@at),
  `_run_id` = @run
WHEN MATCHED AND changed.`_change` IN ('gone', 'moved') THEN UPDATE SET `_deleted_at` = TIMESTAMP(@at), `_synced_at` = TIMESTAMP(@at), `_run_id` = @run
WHEN NOT MATCHED BY TARGET AND changed.`_change` = 'insert' THEN
  INSERT (`id`, `client_id`, `client_name`, `line_items`, `tags`, `updated_at`, `order`, `notes`, `_synced_at`, `_run_id`)
  VALUES (changed.`id`, changed.`client_id`, changed.`client_name`, changed.`line_items`, changed.`tags`, changed.`updated_at`, changed.`order`, changed.`notes`, TIMESTAMP(@at), @run);

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
MERGE INTO `acme-data`.`harvest_acme`.`time_clients` AS target
USING `acme-data`.`_harvest_staging`.`acme__time_clients__4567__changes_0` AS changed
ON target.`period_start` = changed.`period_start` AND target.`client_id` = changed.`client_id` AND target.`currency` = changed.`currency`
  AND target.`period_start` BETWEEN DATE '2026-09-01' AND DATE '2026-11-01'
WHEN MATCHED AND changed.`_change` = 'update' THEN UPDATE SET
  `total` = changed.`total`,
  `_synced_at` = TIMESTAMP(@at),
  `_run_id` = @run
WHEN MATCHED AND changed.`_change` IN ('gone', 'moved') THEN DELETE
WHEN NOT MATCHED BY TARGET AND changed.`_change` = 'insert' THEN
  INSERT (`period_start`, `client_id`, `currency`, `total`, `_synced_at`, `_run_id`)
  VALUES (changed.`period_start`, changed.`client_id`, changed.`currency`, changed.`total`, TIMESTAMP(@at), @run);

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
MERGE INTO `acme-data`.`harvest_acme`.`time_clients` AS target
USING `acme-data`.`_harvest_staging`.`acme__time_clients__4567__changes_0` AS changed
ON target.`period_start` = changed.`period_start` AND target.`client_id` = changed.`client_id` AND target.`currency` = changed.`currency`
WHEN MATCHED AND changed.`_change` = 'update' THEN UPDATE SET
  `total` = changed.`total`,
  `_synced_at` = TIMESTAMP(@at),
  `_run_id` = @run
WHEN MATCHED AND changed.`_change` = 'moved' THEN DELETE
WHEN NOT MATCHED BY TARGET AND changed.`_change` = 'insert' THEN
  INSERT (`period_start`, `client_id`, `currency`, `total`, `_synced_at`, `_run_id`)
  VALUES (changed.`period_start`, changed.`client_id`, changed.`currency`, changed.`total`, TIMESTAMP(@at), @run);
