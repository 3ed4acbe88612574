SELECT `id`, `first_name` FROM `acme-data`.`harvest_acme`.`users`
WHERE `id` IN (7);

SELECT `client_id` FROM `acme-data`.`harvest_acme`.`invoices`
WHERE `id` IN (7) AND `_deleted_at` IS NULL;

SELECT `period_start`, `client_id`, `currency`, NULL AS `total` FROM `acme-data`.`harvest_acme`.`time_clients`
ORDER BY `period_start` DESC NULLS LAST
LIMIT 5;
