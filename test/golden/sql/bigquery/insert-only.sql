-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`invoices` (`id`, `client_id`, `client_name`, `line_items`, `tags`, `updated_at`, `order`, `notes`, `_synced_at`, `_run_id`)
SELECT changed.`id`, changed.`client_id`, changed.`client_name`, changed.`line_items`, changed.`tags`, changed.`updated_at`, changed.`order`, changed.`notes`, TIMESTAMP(@at), @run
FROM `acme-data`.`_harvest_staging`.`acme__invoices__0123__changes_0` AS changed
WHERE changed.`_change` = 'insert';

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`invoices` (`id`, `client_id`, `client_name`, `line_items`, `tags`, `updated_at`, `order`, `notes`, `_synced_at`, `_run_id`)
SELECT changed.`id`, changed.`client_id`, changed.`client_name`, changed.`line_items`, changed.`tags`, changed.`updated_at`, changed.`order`, changed.`notes`, TIMESTAMP(@at), @run
FROM `acme-data`.`_harvest_staging`.`acme__invoices__0123` AS changed
WHERE changed.`_change` = 'upsert';
