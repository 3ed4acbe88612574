-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
MERGE INTO `acme-data`.`harvest_acme`.`invoices` AS target
USING `acme-data`.`_harvest_staging`.`acme__invoices__0123__changes_0` AS changed
ON target.`id` = changed.`id`
  AND target.`id` BETWEEN 13150403 AND 9007199254740993
WHEN NOT MATCHED BY TARGET AND changed.`_change` = 'insert' THEN
  INSERT (`id`, `client_id`, `client_name`, `line_items`, `tags`, `updated_at`, `order`, `notes`, `_synced_at`, `_run_id`)
  VALUES (changed.`id`, changed.`client_id`, changed.`client_name`, changed.`line_items`, changed.`tags`, changed.`updated_at`, changed.`order`, changed.`notes`, TIMESTAMP(@at), @run);

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
MERGE INTO `acme-data`.`harvest_acme`.`invoices` AS target
USING `acme-data`.`_harvest_staging`.`acme__invoices__0123` AS changed
ON target.`id` = changed.`id`
WHEN NOT MATCHED BY TARGET AND changed.`_change` = 'upsert' THEN
  INSERT (`id`, `client_id`, `client_name`, `line_items`, `tags`, `updated_at`, `order`, `notes`, `_synced_at`, `_run_id`)
  VALUES (changed.`id`, changed.`client_id`, changed.`client_name`, changed.`line_items`, changed.`tags`, changed.`updated_at`, changed.`order`, changed.`notes`, TIMESTAMP(@at), @run);
