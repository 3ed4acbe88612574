-- @stream_0 = "invoices"
-- @version_0 = "4"
-- @cursor_0 = "2026-11-20T06:00:02Z"
-- @notes_0 = "{\"done\":[\"it's\"]}"
-- @stream_1 = "invoice_payments"
-- @version_1 = "1"
-- @cursor_1 = null
-- @notes_1 = "{}"
-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`_sync_state` (`stream`, `version`, `cursor`, `state`, `run_id`, `committed_at`) VALUES
  (@stream_0, @version_0, TIMESTAMP(@cursor_0), PARSE_JSON(@notes_0), @run, TIMESTAMP(@at)),
  (@stream_1, @version_1, TIMESTAMP(@cursor_1), PARSE_JSON(@notes_1), @run, TIMESTAMP(@at));

-- @before = "2026-10-20T06:00:00Z"
DELETE FROM `acme-data`.`harvest_acme`.`_sync_state` AS old
WHERE old.`committed_at` < TIMESTAMP(@before)
  AND old.`version` < (SELECT MAX(newer.`version`) FROM `acme-data`.`harvest_acme`.`_sync_state` AS newer WHERE newer.`stream` = old.`stream`);

-- @before = "2026-10-20T00:00:00Z"
-- day
DELETE FROM `acme-data`.`harvest_acme`.`project_budget_history` WHERE `snapshot_date` < DATE(TIMESTAMP(@before))
  AND `snapshot_date` < (SELECT MAX(newer.`snapshot_date`) FROM `acme-data`.`harvest_acme`.`project_budget_history` AS newer);
