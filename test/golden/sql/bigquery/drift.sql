-- @drift = [{"stream":"invoices","path":"vat","type_seen":"string","occurrences":"2"}]
-- @at = "2026-11-20T06:00:00Z"
-- @run = "run-1"
MERGE INTO `acme-data`.`harvest_acme`.`_schema_drift` AS drift
USING (SELECT noted.stream, noted.path, noted.type_seen, noted.occurrences FROM UNNEST(@drift) AS noted) AS seen
ON drift.`stream` = seen.stream AND drift.`path` = seen.path AND drift.`type_seen` = seen.type_seen
WHEN MATCHED THEN UPDATE SET
  `occurrences` = drift.`occurrences` + seen.occurrences, `last_seen_at` = TIMESTAMP(@at)
WHEN NOT MATCHED BY TARGET THEN
  INSERT (`stream`, `path`, `type_seen`, `occurrences`, `first_seen_at`, `last_seen_at`)
  VALUES (seen.stream, seen.path, seen.type_seen, seen.occurrences, TIMESTAMP(@at), TIMESTAMP(@at));
