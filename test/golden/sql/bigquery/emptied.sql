-- @states = [{"stream":"invoices","expected":"3","cursor_at":"2026-11-20T06:00:02Z","notes":"{\"done\":[\"it's\"]}"},{"stream":"invoice_payments","expected":"0","cursor_at":null,"notes":"{}"}]
-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
-- @stream_0 = "invoices"
DECLARE touched ARRAY<INT64> DEFAULT [];
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
UPDATE `acme-data`.`harvest_acme`.`invoices` AS target SET
  `client_name` = NULL,
  `notes` = NULL,
  `tags` = [],
  `line_items` = ARRAY(
    SELECT AS STRUCT element.`id` AS `id`, element.`project_id` AS `project_id`, IF(FALSE, element.`project_name`, NULL) AS `project_name`, element.`amount` AS `amount`, IF(FALSE, element.`own`, NULL) AS `own`
    FROM UNNEST(target.`line_items`) AS element WITH OFFSET AS position ORDER BY position),
  `_run_id` = @run
WHERE target.`client_name` IS NOT NULL
  OR target.`notes` IS NOT NULL
  OR ARRAY_LENGTH(target.`tags`) > 0
  OR EXISTS (SELECT 1 FROM UNNEST(target.`line_items`) AS element WHERE element.`project_name` IS NOT NULL OR element.`own` IS NOT NULL);
SET touched = ARRAY_CONCAT(touched, [@@row_count]);
UPDATE `acme-data`.`harvest_acme`.`_rejects` AS reject SET `record` = JSON_REMOVE(JSON_REMOVE(JSON_REMOVE(JSON_REMOVE(reject.`record`, '$.client_name'), '$.notes'), '$.tags'), '$.line_items')
WHERE reject.`stream` = @stream_0 AND (JSON_QUERY(reject.`record`, '$.client_name') IS NOT NULL OR JSON_QUERY(reject.`record`, '$.notes') IS NOT NULL OR JSON_QUERY(reject.`record`, '$.tags') IS NOT NULL OR JSON_QUERY(reject.`record`, '$.line_items') IS NOT NULL);
SET touched = ARRAY_CONCAT(touched, [@@row_count]);
DELETE FROM `acme-data`.`harvest_acme`.`_restatements` WHERE `stream` = @stream_0 AND `column_name` IN ('client_name', 'notes', 'tags');
SET touched = ARRAY_CONCAT(touched, [@@row_count]);
COMMIT TRANSACTION;
SELECT place, touched[OFFSET(place)] AS touched FROM UNNEST(GENERATE_ARRAY(0, ARRAY_LENGTH(touched) - 1)) AS place ORDER BY place;
