-- @names_0 = [{"id":"7","name":"O'Neill"},{"id":"8","name":null}]
-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
UPDATE `acme-data`.`harvest_acme`.`invoices` AS target SET
  `client_name` = renamed.name, `_synced_at` = TIMESTAMP(@at), `_run_id` = @run
FROM UNNEST(@names_0) AS renamed
WHERE target.`client_id` = renamed.id AND target.`client_name` IS DISTINCT FROM renamed.name
  AND CONCAT(CAST(target.`id` AS STRING)) NOT IN (
    SELECT CONCAT(CAST(target.`id` AS STRING)) FROM `acme-data`.`harvest_acme`.`invoices` AS target
    LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS `found_at` FROM `acme-data`.`harvest_acme`.`_deletions`
        WHERE `stream` = 'invoices' GROUP BY `record_key`) AS noted
      ON noted.`record_key` = CONCAT(CAST(target.`id` AS STRING))
    WHERE IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE));

-- @names_1 = [{"id":"7","name":"O'Neill"},{"id":"8","name":null}]
-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
UPDATE `acme-data`.`harvest_acme`.`invoices` AS target SET
  `_synced_at` = TIMESTAMP(@at), `_run_id` = @run, `line_items` = ARRAY(
    SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, IF(renamed.id IS NULL, element.`project_name`, renamed.name) AS `project_name`, element.`amount` AS `amount`, element.`own` AS `own`
    FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position
    LEFT JOIN UNNEST(@names_1) AS renamed ON renamed.id = element.`project_id`
    ORDER BY position)
WHERE EXISTS (
  SELECT 1 FROM UNNEST(target.`line_items`) AS element JOIN UNNEST(@names_1) AS renamed ON renamed.id = element.`project_id`
  WHERE element.`project_name` IS DISTINCT FROM renamed.name)
  AND CONCAT(CAST(target.`id` AS STRING)) NOT IN (
    SELECT CONCAT(CAST(target.`id` AS STRING)) FROM `acme-data`.`harvest_acme`.`invoices` AS target
    LEFT JOIN (SELECT `record_key`, MAX(`found_at`) AS `found_at` FROM `acme-data`.`harvest_acme`.`_deletions`
        WHERE `stream` = 'invoices' GROUP BY `record_key`) AS noted
      ON noted.`record_key` = CONCAT(CAST(target.`id` AS STRING))
    WHERE IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE));
