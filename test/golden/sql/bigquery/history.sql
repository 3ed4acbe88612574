-- @at = "2026-11-20T06:00:00Z"
UPDATE `acme-data`.`harvest_acme`.`invoices_history` AS version SET
  `_valid_to` = GREATEST(TIMESTAMP(@at), TIMESTAMP_ADD(version.`_valid_from`, INTERVAL 1 MICROSECOND)), `_is_deleted` = changed.`_change` IN ('gone', 'moved')
FROM `acme-data`.`_harvest_staging`.`acme__invoices__0123__changes_0` AS changed
WHERE version.`id` = changed.`id` AND version.`id` BETWEEN 13150403 AND 9007199254740993 AND version.`_valid_to` IS NULL
  AND changed.`_change` IN ('insert', 'update', 'upsert', 'gone', 'moved');

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`invoices_history` (`id`, `client_id`, `client_name`, `line_items`, `tags`, `updated_at`, `notes`, `_valid_from`, `_valid_to`, `_is_deleted`, `_run_id`)
SELECT changed.`id`, changed.`client_id`, changed.`client_name`, ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(changed.`line_items`) AS element WITH OFFSET AS position ORDER BY position), changed.`tags`, changed.`updated_at`, changed.`notes`,
  GREATEST(TIMESTAMP(@at), IFNULL(before.until, TIMESTAMP(@at))), CAST(NULL AS TIMESTAMP), FALSE, @run
FROM `acme-data`.`_harvest_staging`.`acme__invoices__0123__changes_0` AS changed LEFT JOIN (
  SELECT `id`, MAX(`_valid_to`) AS until FROM `acme-data`.`harvest_acme`.`invoices_history` AS version
  WHERE version.`id` BETWEEN 13150403 AND 9007199254740993
  GROUP BY `id`
) AS before ON before.`id` = changed.`id`
WHERE changed.`_change` IN ('insert', 'update', 'upsert');

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`invoices_history` (`id`, `client_id`, `client_name`, `line_items`, `tags`, `updated_at`, `notes`, `_valid_from`, `_valid_to`, `_is_deleted`, `_run_id`)
SELECT changed.`id`, changed.`client_id`, changed.`client_name`, ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(changed.`line_items`) AS element WITH OFFSET AS position ORDER BY position), changed.`tags`, changed.`updated_at`, changed.`notes`,
  GREATEST(TIMESTAMP(@at), IFNULL(before.until, TIMESTAMP(@at))), CAST(NULL AS TIMESTAMP), FALSE, @run
FROM `acme-data`.`_harvest_staging`.`acme__invoices__0123__changes_0` AS changed LEFT JOIN (
  SELECT `id`, MAX(`_valid_to`) AS until FROM `acme-data`.`harvest_acme`.`invoices_history` AS version
  GROUP BY `id`
) AS before ON before.`id` = changed.`id`
WHERE changed.`_change` IN ('insert', 'update', 'upsert');

-- @at = "2026-11-20T06:00:00Z"
UPDATE `acme-data`.`harvest_acme`.`invoices_history` AS version SET
  `_valid_to` = GREATEST(TIMESTAMP(@at), TIMESTAMP_ADD(version.`_valid_from`, INTERVAL 1 MICROSECOND)), `_is_deleted` = other.fault = 'left'
FROM (SELECT DISTINCT `id`, fault FROM (
  SELECT COALESCE(target.`id`, version.`id`) AS `id`, CASE
    WHEN version.`id` IS NULL THEN 'missing'
    WHEN target.`id` IS NULL THEN 'left'
    WHEN version.`_versions` > 1 THEN 'several'
    WHEN target.`client_id` IS DISTINCT FROM version.`client_id`
      OR target.`client_name` IS DISTINCT FROM version.`client_name`
      OR TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position ORDER BY position)) IS DISTINCT FROM TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(version.`line_items`) AS element WITH OFFSET AS position ORDER BY position))
      OR TO_JSON_STRING(IFNULL(target.`tags`, [])) IS DISTINCT FROM TO_JSON_STRING(IFNULL(version.`tags`, []))
      OR target.`updated_at` IS DISTINCT FROM version.`updated_at`
      OR TO_JSON_STRING(target.`notes`) IS DISTINCT FROM TO_JSON_STRING(version.`notes`) THEN 'differs' END AS fault
  FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoices` AS target
    WHERE target.`_deleted_at` IS NULL) AS target
  FULL JOIN (SELECT *, COUNT(*) OVER (PARTITION BY `id`) AS `_versions`
    FROM `acme-data`.`harvest_acme`.`invoices_history` AS version WHERE version.`_valid_to` IS NULL) AS version ON version.`id` = target.`id`
) AS looked WHERE fault IS NOT NULL) AS other
WHERE version.`id` = other.`id` AND version.`_valid_to` IS NULL;

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`invoices_history` (`id`, `client_id`, `client_name`, `line_items`, `tags`, `updated_at`, `notes`, `_valid_from`, `_valid_to`, `_is_deleted`, `_run_id`)
SELECT target.`id`, target.`client_id`, target.`client_name`, ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position ORDER BY position), target.`tags`, target.`updated_at`, target.`notes`,
  GREATEST(TIMESTAMP(@at), IFNULL(before.until, TIMESTAMP(@at))), CAST(NULL AS TIMESTAMP), FALSE, @run
FROM `acme-data`.`harvest_acme`.`invoices` AS target
LEFT JOIN (SELECT `id`, MAX(`_valid_to`) AS until, LOGICAL_OR(`_valid_to` IS NULL) AS is_open
    FROM `acme-data`.`harvest_acme`.`invoices_history` GROUP BY `id`) AS before ON before.`id` = target.`id`
WHERE NOT IFNULL(before.is_open, FALSE) AND target.`_deleted_at` IS NULL;

SELECT COUNT(*) OVER () AS found, `id`, fault FROM (SELECT DISTINCT `id`, fault FROM (
  SELECT COALESCE(target.`id`, version.`id`) AS `id`, CASE
    WHEN version.`id` IS NULL THEN 'missing'
    WHEN target.`id` IS NULL THEN 'left'
    WHEN version.`_versions` > 1 THEN 'several'
    WHEN target.`client_id` IS DISTINCT FROM version.`client_id`
      OR target.`client_name` IS DISTINCT FROM version.`client_name`
      OR TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position ORDER BY position)) IS DISTINCT FROM TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(version.`line_items`) AS element WITH OFFSET AS position ORDER BY position))
      OR TO_JSON_STRING(IFNULL(target.`tags`, [])) IS DISTINCT FROM TO_JSON_STRING(IFNULL(version.`tags`, []))
      OR target.`updated_at` IS DISTINCT FROM version.`updated_at`
      OR TO_JSON_STRING(target.`notes`) IS DISTINCT FROM TO_JSON_STRING(version.`notes`) THEN 'differs' END AS fault
  FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoices` AS target
    WHERE target.`_deleted_at` IS NULL) AS target
  FULL JOIN (SELECT *, COUNT(*) OVER (PARTITION BY `id`) AS `_versions`
    FROM `acme-data`.`harvest_acme`.`invoices_history` AS version WHERE version.`_valid_to` IS NULL) AS version ON version.`id` = target.`id`
) AS looked WHERE fault IS NOT NULL) AS wrong
ORDER BY `id` LIMIT 20;

-- @at = "2026-11-20T06:00:00Z"
UPDATE `acme-data`.`harvest_acme`.`invoices_history` AS version SET
  `_valid_to` = GREATEST(TIMESTAMP(@at), TIMESTAMP_ADD(version.`_valid_from`, INTERVAL 1 MICROSECOND)), `_is_deleted` = other.fault = 'left'
FROM (SELECT DISTINCT `id`, fault FROM (
  SELECT COALESCE(target.`id`, version.`id`) AS `id`, CASE
    WHEN version.`id` IS NULL THEN 'missing'
    WHEN target.`id` IS NULL THEN 'left'
    WHEN version.`_versions` > 1 THEN 'several'
    WHEN target.`client_id` IS DISTINCT FROM version.`client_id`
      OR target.`client_name` IS DISTINCT FROM version.`client_name`
      OR TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position ORDER BY position)) IS DISTINCT FROM TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(version.`line_items`) AS element WITH OFFSET AS position ORDER BY position))
      OR TO_JSON_STRING(IFNULL(target.`tags`, [])) IS DISTINCT FROM TO_JSON_STRING(IFNULL(version.`tags`, []))
      OR target.`updated_at` IS DISTINCT FROM version.`updated_at`
      OR TO_JSON_STRING(target.`notes`) IS DISTINCT FROM TO_JSON_STRING(version.`notes`) THEN 'differs' END AS fault
  FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoices` AS target
    LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS `found_at` FROM `acme-data`.`harvest_acme`.`_deletions`
        WHERE `stream` = 'invoices' GROUP BY `record_key`) AS noted
      ON noted.`record_key` = CONCAT(CAST(target.`id` AS STRING))
    WHERE NOT IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE)) AS target
  FULL JOIN (SELECT *, COUNT(*) OVER (PARTITION BY `id`) AS `_versions`
    FROM `acme-data`.`harvest_acme`.`invoices_history` AS version WHERE version.`_valid_to` IS NULL) AS version ON version.`id` = target.`id`
) AS looked WHERE fault IS NOT NULL) AS other
WHERE version.`id` = other.`id` AND version.`_valid_to` IS NULL;

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`invoices_history` (`id`, `client_id`, `client_name`, `line_items`, `tags`, `updated_at`, `notes`, `_valid_from`, `_valid_to`, `_is_deleted`, `_run_id`)
SELECT target.`id`, target.`client_id`, target.`client_name`, ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position ORDER BY position), target.`tags`, target.`updated_at`, target.`notes`,
  GREATEST(TIMESTAMP(@at), IFNULL(before.until, TIMESTAMP(@at))), CAST(NULL AS TIMESTAMP), FALSE, @run
FROM `acme-data`.`harvest_acme`.`invoices` AS target
LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS `found_at` FROM `acme-data`.`harvest_acme`.`_deletions`
    WHERE `stream` = 'invoices' GROUP BY `record_key`) AS noted
  ON noted.`record_key` = CONCAT(CAST(target.`id` AS STRING))
LEFT JOIN (SELECT `id`, MAX(`_valid_to`) AS until, LOGICAL_OR(`_valid_to` IS NULL) AS is_open
    FROM `acme-data`.`harvest_acme`.`invoices_history` GROUP BY `id`) AS before ON before.`id` = target.`id`
WHERE NOT IFNULL(before.is_open, FALSE) AND NOT IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE);

SELECT COUNT(*) OVER () AS found, `id`, fault FROM (SELECT DISTINCT `id`, fault FROM (
  SELECT COALESCE(target.`id`, version.`id`) AS `id`, CASE
    WHEN version.`id` IS NULL THEN 'missing'
    WHEN target.`id` IS NULL THEN 'left'
    WHEN version.`_versions` > 1 THEN 'several'
    WHEN target.`client_id` IS DISTINCT FROM version.`client_id`
      OR target.`client_name` IS DISTINCT FROM version.`client_name`
      OR TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position ORDER BY position)) IS DISTINCT FROM TO_JSON_STRING(ARRAY(SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, element.`project_name` AS `project_name`, element.`amount` AS `amount` FROM UNNEST(version.`line_items`) AS element WITH OFFSET AS position ORDER BY position))
      OR TO_JSON_STRING(IFNULL(target.`tags`, [])) IS DISTINCT FROM TO_JSON_STRING(IFNULL(version.`tags`, []))
      OR target.`updated_at` IS DISTINCT FROM version.`updated_at`
      OR TO_JSON_STRING(target.`notes`) IS DISTINCT FROM TO_JSON_STRING(version.`notes`) THEN 'differs' END AS fault
  FROM (SELECT target.* FROM `acme-data`.`harvest_acme`.`invoices` AS target
    LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS `found_at` FROM `acme-data`.`harvest_acme`.`_deletions`
        WHERE `stream` = 'invoices' GROUP BY `record_key`) AS noted
      ON noted.`record_key` = CONCAT(CAST(target.`id` AS STRING))
    WHERE NOT IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE)) AS target
  FULL JOIN (SELECT *, COUNT(*) OVER (PARTITION BY `id`) AS `_versions`
    FROM `acme-data`.`harvest_acme`.`invoices_history` AS version WHERE version.`_valid_to` IS NULL) AS version ON version.`id` = target.`id`
) AS looked WHERE fault IS NOT NULL) AS wrong
ORDER BY `id` LIMIT 20;

-- @before = "2026-10-20T06:00:00Z"
-- 0123
DELETE FROM `acme-data`.`harvest_acme`.`invoices_history` WHERE `_valid_to` < TIMESTAMP(@before);

-- @names_0 = [{"id":"7","name":"O'Neill"}]
UPDATE `acme-data`.`harvest_acme`.`invoices_history` AS target SET
  `client_name` = renamed.name
FROM UNNEST(@names_0) AS renamed
WHERE target.`client_id` = renamed.id AND target.`client_name` IS DISTINCT FROM renamed.name
  AND target.`_valid_to` IS NULL;

-- @names_1 = [{"id":"7","name":"O'Neill"}]
UPDATE `acme-data`.`harvest_acme`.`invoices_history` AS target SET
  `line_items` = ARRAY(
    SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, IF(renamed.id IS NULL, element.`project_name`, renamed.name) AS `project_name`, element.`amount` AS `amount`
    FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position
    LEFT JOIN UNNEST(@names_1) AS renamed ON renamed.id = element.`project_id`
    ORDER BY position)
WHERE EXISTS (
  SELECT 1 FROM UNNEST(target.`line_items`) AS element JOIN UNNEST(@names_1) AS renamed ON renamed.id = element.`project_id`
  WHERE element.`project_name` IS DISTINCT FROM renamed.name)
  AND target.`_valid_to` IS NULL;
