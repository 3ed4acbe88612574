SELECT
  document.`id` AS `invoice_id`,
  element.`id` AS `line_item_id`,
  element.`amount` AS `amount`
FROM `acme-data`.`harvest_acme`.`invoices` AS document, UNNEST(document.`line_items`) AS element
WHERE document.`_deleted_at` IS NULL;
