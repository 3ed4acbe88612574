-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`_restatements` (`stream`, `period_start`, `entity_id`, `currency`, `column_name`, `value_before`, `value_after`, `run_id`, `noticed_at`)
SELECT 'time_clients', changed.`period_start`, CAST(changed.`client_id` AS STRING), changed.`currency`,
  cell.name, cell.value_before, cell.value_after, @run, TIMESTAMP(@at)
FROM `acme-data`.`_harvest_staging`.`acme__time_clients__4567__changes_0` AS changed
LEFT JOIN `acme-data`.`harvest_acme`.`time_clients` AS target
  ON target.`period_start` = changed.`period_start` AND target.`client_id` = changed.`client_id` AND target.`currency` = changed.`currency`
  AND target.`period_start` BETWEEN DATE '2026-09-01' AND DATE '2026-11-01'
CROSS JOIN UNNEST([
  STRUCT('total' AS name, CAST(target.`total` AS STRING) AS value_before, CAST(changed.`total` AS STRING) AS value_after)
]) AS cell
WHERE changed.`_change` IN ('insert', 'update', 'gone', 'moved')
  AND changed.`period_start` IN (DATE '2026-10-01', DATE '2026-11-01')
  AND cell.value_before IS DISTINCT FROM cell.value_after;

-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
INSERT INTO `acme-data`.`harvest_acme`.`_restatements` (`stream`, `period_start`, `entity_id`, `currency`, `column_name`, `value_before`, `value_after`, `run_id`, `noticed_at`)
SELECT 'time_clients', changed.`period_start`, CAST(changed.`client_id` AS STRING), changed.`currency`,
  cell.name, cell.value_before, cell.value_after, @run, TIMESTAMP(@at)
FROM `acme-data`.`_harvest_staging`.`acme__time_clients__4567` AS changed
LEFT JOIN `acme-data`.`harvest_acme`.`time_clients` AS target
  ON target.`period_start` = changed.`period_start` AND target.`client_id` = changed.`client_id` AND target.`currency` = changed.`currency`
CROSS JOIN UNNEST([
  STRUCT('total' AS name, CAST(target.`total` AS STRING) AS value_before, CAST(changed.`total` AS STRING) AS value_after)
]) AS cell
WHERE changed.`_change` IN ('upsert', 'update', 'gone', 'moved')
  AND changed.`period_start` IN (DATE '2026-11-01')
  AND cell.value_before IS DISTINCT FROM cell.value_after;
