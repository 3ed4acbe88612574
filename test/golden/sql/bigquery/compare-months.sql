SELECT
  COALESCE(staged.`period_start`, target.`period_start`) AS `period_start`,
  COALESCE(staged.`client_id`, target.`client_id`) AS `client_id`,
  COALESCE(staged.`currency`, target.`currency`) AS `currency`,
  staged.`total`,
  CASE WHEN staged.`_change` IS NULL THEN 'gone' WHEN staged.`_change` = 'remove' THEN 'moved' WHEN staged.`_change` = 'lose' THEN 'gone' WHEN target.`period_start` IS NULL THEN 'insert' ELSE 'update' END AS `_change`
FROM `acme-data`.`_harvest_staging`.`acme__time_clients__4567` AS staged
FULL JOIN (SELECT * FROM `acme-data`.`harvest_acme`.`time_clients` AS target WHERE target.`period_start` IN (DATE '2026-11-01') OR target.`period_start` BETWEEN DATE '2026-09-01' AND DATE '2026-11-01') AS target
  ON target.`period_start` = staged.`period_start` AND target.`client_id` = staged.`client_id` AND target.`currency` = staged.`currency`
WHERE (staged.`_change` = 'upsert' AND (target.`period_start` IS NULL OR ((staged.`total` IS DISTINCT FROM target.`total`))))
  OR (staged.`_change` = 'remove' AND target.`period_start` IS NOT NULL)
  OR (staged.`_change` = 'lose' AND target.`period_start` IS NOT NULL)
  OR (staged.`_change` IS NULL AND target.`period_start` IN (DATE '2026-11-01'));
