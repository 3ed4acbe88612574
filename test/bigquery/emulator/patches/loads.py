"""Load jobs."""

from __future__ import annotations

import os

from . import ndjson
from .schemas import Change, conform

DISPOSITIONS = (None, "WRITE_APPEND", "WRITE_TRUNCATE", "WRITE_EMPTY", "WRITE_TRUNCATE_DATA")
KEEPING_THE_TABLE = (None, "WRITE_APPEND", "WRITE_TRUNCATE_DATA")


def strict_loads() -> None:
    """A load of JSON lines reads them as BigQuery does.

    Wrong: unknown fields are dropped without a word; `ID` for a column `id` stores NULL; 1.5 becomes the INT64 2; long
    numbers pass through a float; REQUIRED is not enforced in a table that the load creates; the job's schema is not
    compared with the table's; nested new fields are dropped; WRITE_TRUNCATE_DATA acts as WRITE_TRUNCATE and unknown
    dispositions are accepted.
    BigQuery: refuses ("No such field: …") or stores exactly, names are compared without regard to case, and
    WRITE_TRUNCATE_DATA replaces the rows of a table whose schema stays.
    """
    from local_bigquery.jobs import load, runner

    plain = load.run

    def run(cursor, config, upload):
        return run_load(plain, cursor, config, upload)

    load.run = run
    runner.HANDLERS["load"] = run


def run_load(plain, cursor, config, upload):
    from local_bigquery.catalog import tables

    check_disposition(config)
    size = os.path.getsize(upload) if upload else None
    reference = tables.reference(config.destinationTable)
    found = tables.exists(*reference)
    keeps = found and config.writeDisposition in KEEPING_THE_TABLE
    if keeps:
        config = match_table(config, reference)
    fields = fields_of(config)
    if upload and fields and config.sourceFormat == "NEWLINE_DELIMITED_JSON":
        rewrite_lines(upload, fields, config)
    if found and config.writeDisposition == "WRITE_TRUNCATE_DATA":
        return replace_rows(plain, cursor, config, upload)
    result = plain(cursor, config, upload)
    if not keeps:
        enforce_required(cursor, reference, fields)
    return result if size is None else result.replace(inputFileBytes=str(size))


def fields_of(config) -> list:
    return (config.schema_ and config.schema_.fields) or []


def check_disposition(config) -> None:
    from local_bigquery.errors import BigQueryError

    if config.writeDisposition not in DISPOSITIONS:
        raise BigQueryError("invalid", f"Invalid value for writeDisposition: {config.writeDisposition}")


def match_table(config, reference):
    """Compares the job's schema with the table's, or takes the table's when the job brings none."""
    from local_bigquery.catalog import tables

    actual = tables.load(*reference).schema_.fields or []
    given = fields_of(config)
    options = config.schemaUpdateOptions or []
    if given and actual:
        add = "ALLOW_FIELD_ADDITION" in options
        relax = "ALLOW_FIELD_RELAXATION" in options
        conform(Change(reference, add, relax), actual, given)
        return config
    if actual and not config.autodetect:
        return config.replace(schema=tables.Table(schema={"fields": actual}).schema_)
    return config


def rewrite_lines(upload: str, fields: list, config) -> None:
    """Checks each line of the upload and writes it anew; more bad lines than allowed fail the job."""
    from local_bigquery.errors import BigQueryError

    allowed = config.maxBadRecords or 0
    rows = bad = 0
    rewritten = upload + ".checked"
    with open(upload, encoding="utf-8") as source, open(rewritten, "w", encoding="utf-8") as target:
        for line in source:
            if not line.strip():
                continue
            rows += 1
            try:
                target.write(ndjson.read_line(line, fields, bool(config.ignoreUnknownValues)) + "\n")
            except ValueError as error:
                bad += 1
                if bad > allowed:
                    os.remove(rewritten)
                    raise BigQueryError("invalid", too_many(rows, bad, allowed, error)) from None
    os.replace(rewritten, upload)


def too_many(rows: int, bad: int, allowed: int, error: ValueError) -> str:
    return (
        f"JSON processing encountered too many errors, giving up. Rows: {rows}; errors: {bad}; max bad: {allowed}; "
        f"error percent: 0: Error while reading data, error message: {error}"
    )


def replace_rows(plain, cursor, config, upload):
    """WRITE_TRUNCATE_DATA: the old rows go and the new ones come in one transaction."""
    from local_bigquery.catalog import tables

    name = tables.name(*tables.reference(config.destinationTable))
    cursor.execute("BEGIN")
    try:
        cursor.execute(f"DELETE FROM {name}")
        result = plain(cursor, config.replace(writeDisposition="WRITE_APPEND"), upload)
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    return result


def enforce_required(cursor, reference, fields: list) -> None:
    from local_bigquery.catalog import tables
    from local_bigquery.engine.database import quote

    for field in fields:
        if field.mode == "REQUIRED":
            cursor.execute(f"ALTER TABLE {tables.name(*reference)} ALTER COLUMN {quote(field.name)} SET NOT NULL")
