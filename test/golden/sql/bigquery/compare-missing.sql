SELECT
  COALESCE(staged.`id`, target.`id`) AS `id`,
  staged.`client_id`,
  staged.`client_name`,
  staged.`line_items`,
  staged.`tags`,
  staged.`updated_at`,
  staged.`order`,
  staged.`notes`,
  CASE WHEN staged.`_change` IS NULL THEN 'missing' WHEN staged.`_change` = 'remove' THEN 'moved' WHEN staged.`_change` = 'lose' THEN 'gone' WHEN target.`id` IS NULL THEN 'insert' ELSE 'update' END AS `_change`,
  target.`client_id` AS `_before_0`,
  COALESCE(staged.`updated_at`, target.`updated_at`) AS `_newest`
FROM `acme-data`.`_harvest_staging`.`acme__invoices__0123` AS staged
FULL JOIN `acme-data`.`harvest_acme`.`invoices` AS target
  ON target.`id` = staged.`id`
WHERE (staged.`_change` = 'upsert' AND (target.`id` IS NULL OR ((staged.`client_id` IS DISTINCT FROM target.`client_id`
      OR staged.`client_name` IS DISTINCT FROM target.`client_name`
      OR TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(staged.`line_items`) AS element WITH OFFSET AS position ORDER BY position)) IS DISTINCT FROM TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position ORDER BY position))
      OR TO_JSON_STRING(IFNULL(staged.`tags`, [])) IS DISTINCT FROM TO_JSON_STRING(IFNULL(target.`tags`, []))
      OR staged.`updated_at` IS DISTINCT FROM target.`updated_at`
      OR staged.`order` IS DISTINCT FROM target.`order`
      OR TO_JSON_STRING(staged.`notes`) IS DISTINCT FROM TO_JSON_STRING(target.`notes`)
      OR target.`_deleted_at` IS NOT NULL) AND NOT IFNULL(staged.`updated_at` < target.`updated_at`, FALSE))))
  OR (staged.`_change` = 'remove' AND target.`id` IS NOT NULL AND target.`_deleted_at` IS NULL)
  OR (staged.`_change` = 'lose' AND target.`id` IS NOT NULL AND target.`_deleted_at` IS NULL)
  OR (staged.`_change` IS NULL AND TRUE AND target.`_deleted_at` IS NULL);

SELECT
  COALESCE(staged.`period_start`, target.`period_start`) AS `period_start`,
  COALESCE(staged.`client_id`, target.`client_id`) AS `client_id`,
  COALESCE(staged.`currency`, target.`currency`) AS `currency`,
  staged.`total`,
  CASE WHEN staged.`_change` IS NULL THEN 'missing' WHEN staged.`_change` = 'remove' THEN 'moved' WHEN staged.`_change` = 'lose' THEN 'gone' WHEN target.`period_start` IS NULL THEN 'insert' ELSE 'update' END AS `_change`
FROM `acme-data`.`_harvest_staging`.`acme__time_clients__4567` AS staged
FULL JOIN (SELECT * FROM `acme-data`.`harvest_acme`.`time_clients` AS target WHERE (target.`period_start` IS NULL OR (target.`period_start` >= DATE '2026-01-01' AND target.`period_start` <= DATE '2026-12-31')) OR target.`period_start` BETWEEN DATE '2026-09-01' AND DATE '2026-11-01') AS target
  ON target.`period_start` = staged.`period_start` AND target.`client_id` = staged.`client_id` AND target.`currency` = staged.`currency`
LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS `found_at` FROM `acme-data`.`harvest_acme`.`_deletions`
    WHERE `stream` = 'time_clients' GROUP BY `record_key`) AS noted
  ON noted.`record_key` = CONCAT(CAST(target.`period_start` AS STRING), '|', CAST(target.`client_id` AS STRING), '|', CAST(target.`currency` AS STRING))
WHERE (staged.`_change` = 'upsert' AND (target.`period_start` IS NULL OR ((staged.`total` IS DISTINCT FROM target.`total`
      OR IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE)))))
  OR (staged.`_change` = 'remove' AND target.`period_start` IS NOT NULL)
  OR (staged.`_change` = 'lose' AND target.`period_start` IS NOT NULL AND NOT IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE))
  OR (staged.`_change` IS NULL AND (target.`period_start` IS NULL OR (target.`period_start` >= DATE '2026-01-01' AND target.`period_start` <= DATE '2026-12-31')) AND NOT IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE));

SELECT
  staged.`period_start`,
  staged.`client_id`,
  staged.`currency`,
  staged.`total`,
  CASE WHEN staged.`_change` IS NULL THEN 'gone' WHEN staged.`_change` = 'remove' THEN 'moved' WHEN staged.`_change` = 'lose' THEN 'gone' WHEN target.`period_start` IS NULL THEN 'insert' ELSE 'update' END AS `_change`
FROM `acme-data`.`_harvest_staging`.`acme__time_clients__4567` AS staged
LEFT JOIN `acme-data`.`harvest_acme`.`time_clients` AS target
  ON target.`period_start` = staged.`period_start` AND target.`client_id` = staged.`client_id` AND target.`currency` = staged.`currency`
  AND target.`period_start` BETWEEN DATE '2026-09-01' AND DATE '2026-11-01'
LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS `found_at` FROM `acme-data`.`harvest_acme`.`_deletions`
    WHERE `stream` = 'time_clients' GROUP BY `record_key`) AS noted
  ON noted.`record_key` = CONCAT(CAST(target.`period_start` AS STRING), '|', CAST(target.`client_id` AS STRING), '|', CAST(target.`currency` AS STRING))
WHERE (staged.`_change` = 'upsert' AND (target.`period_start` IS NULL OR ((staged.`total` IS DISTINCT FROM target.`total`
      OR IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE)))))
  OR (staged.`_change` = 'remove' AND target.`period_start` IS NOT NULL)
  OR (staged.`_change` = 'lose' AND target.`period_start` IS NOT NULL AND NOT IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE));
