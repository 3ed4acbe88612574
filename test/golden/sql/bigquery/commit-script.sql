-- @states = [{"stream":"invoices","expected":"3","cursor_at":"2026-11-20T06:00:02Z","notes":"{\"done\":[\"it's\"]}"},{"stream":"invoice_payments","expected":"0","cursor_at":null,"notes":"{}"}]
-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
-- @drift = [{"stream":"invoices","path":"vat","type_seen":"string","occurrences":"2"}]
-- @names_0 = [{"id":"7","name":"O'Neill"},{"id":"8","name":null}]
-- @names_1 = [{"id":"7","name":"O'Neill"},{"id":"8","name":null}]
DECLARE renamed_rows INT64 DEFAULT 0;
BEGIN TRANSACTION;
INSERT INTO `acme-data`.`harvest_acme`.`_sync_state` (`stream`, `version`, `cursor`, `state`, `run_id`, `committed_at`)
SELECT next.stream, next.expected + 1, TIMESTAMP(next.cursor_at), PARSE_JSON(next.notes), @run, TIMESTAMP(@at)
FROM UNNEST(@states) AS next
LEFT JOIN (
  SELECT `stream`, MAX(`version`) AS version FROM `acme-data`.`harvest_acme`.`_sync_state`
  WHERE `stream` IN (SELECT wanted.stream FROM UNNEST(@states) AS wanted) GROUP BY `stream`
) AS stored ON stored.`stream` = next.stream
WHERE IFNULL(stored.version, 0) = next.expected;
IF @@row_count != 2 THEN
  RAISE USING MESSAGE = 'harvest-bq: a checkpoint has moved';
END IF;
INSERT INTO `acme-data`.`harvest_acme`.`_deletions` (`stream`, `record_key`, `how`, `run_id`, `found_at`)
SELECT 'invoices', CONCAT(CAST(changed.`id` AS STRING)),
  CASE WHEN changed.`_change` = 'moved' THEN 'moved' ELSE 'sweep' END, @run, TIMESTAMP(@at)
FROM `acme-data`.`_harvest_staging`.`acme__invoices__0123__changes_0` AS changed
WHERE changed.`_change` IN ('gone', 'moved');
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
INSERT INTO `acme-data`.`harvest_acme`.`_rejects` (`stream`, `record_key`, `path`, `reason`, `record`, `run_id`, `rejected_at`)
SELECT `stream`, `record_key`, `path`, `reason`, `record`, `run_id`, `rejected_at` FROM `acme-data`.`_harvest_staging`.`acme__rejects__89ab`;
MERGE INTO `acme-data`.`harvest_acme`.`_schema_drift` AS drift
USING (SELECT noted.stream, noted.path, noted.type_seen, noted.occurrences FROM UNNEST(@drift) AS noted) AS seen
ON drift.`stream` = seen.stream AND drift.`path` = seen.path AND drift.`type_seen` = seen.type_seen
WHEN MATCHED THEN UPDATE SET
  `occurrences` = drift.`occurrences` + seen.occurrences, `last_seen_at` = TIMESTAMP(@at)
WHEN NOT MATCHED BY TARGET THEN
  INSERT (`stream`, `path`, `type_seen`, `occurrences`, `first_seen_at`, `last_seen_at`)
  VALUES (seen.stream, seen.path, seen.type_seen, seen.occurrences, TIMESTAMP(@at), TIMESTAMP(@at));
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
SET renamed_rows = renamed_rows + @@row_count;
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
SET renamed_rows = renamed_rows + @@row_count;
COMMIT TRANSACTION;
SELECT renamed_rows AS renamed;
