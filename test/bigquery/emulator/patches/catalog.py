"""Tables, datasets and jobs as resources."""

from __future__ import annotations

import functools
import threading


def one_at_a_time() -> None:
    """Of several requests at once for the same job id, dataset or table, one makes it.

    Wrong: two of four simultaneous inserts of one job id are answered with 200; simultaneous datasets.insert end in 400.
    BigQuery: one 200, the others 409.
    """
    from local_bigquery.catalog import datasets, tables
    from local_bigquery.jobs import runner

    lock = threading.RLock()

    def locked(function):
        @functools.wraps(function)
        def wrapped(*args, **options):
            with lock:
                return function(*args, **options)

        return wrapped

    runner.submit = locked(runner.submit)
    datasets.create = locked(datasets.create)
    tables.create = locked(tables.create)


def exact_row_count() -> None:
    """numRows of tables.get is the number of rows.

    Wrong: the engine's estimate, from which deleted rows are never subtracted.
    """
    from local_bigquery.catalog import tables
    from local_bigquery.engine import database

    plain = tables.load

    def load(project_id, dataset_id, table_id):
        table = plain(project_id, dataset_id, table_id)
        if table.type != "TABLE" or not table.schema_.fields:
            return table
        name = tables.name(project_id, dataset_id, table_id)
        [(count,)] = database.fetch(f"SELECT count(*) FROM {name}")
        return table.replace(numRows=str(count))

    tables.load = load


def quick_lookup() -> None:
    """A table is found, and its columns that are required, by looking at that table alone.

    Wrong: nothing but the time it takes. Every look at one table and every statement lists all tables and columns of
    all datasets, so that the emulator becomes slower with each table, and DuckDB's client looks for pandas on disk with
    each statement. Tables that are partitioned by the time of ingestion are given up for it; nobody makes any.
    """
    import sys

    import duckdb
    from local_bigquery.catalog import tabledata, tables
    from local_bigquery.engine import database
    from local_bigquery.jobs import query
    from local_bigquery.sql.rules import partitions

    sys.modules.setdefault("pandas", None)
    every_object = database.objects

    def objects(project_id, dataset_id, table_id=None):
        if table_id is None:
            return every_object(project_id, dataset_id)
        if project_id == "emulator":
            name = ".".join(_quoted(part) for part in (project_id, dataset_id, table_id))
            try:
                [(count,)] = database.fetch(f"SELECT count(*) FROM {name}")
            except duckdb.CatalogException:
                return []
            return [(table_id, "TABLE", count)]
        known = _quoted(f"__ducklake_metadata_{project_id}")
        return database.fetch(
            f"WITH place AS (SELECT schema_id FROM {known}.ducklake_schema "
            "WHERE schema_name = $1 AND end_snapshot IS NULL) "
            "SELECT table_name, 'TABLE', 0 FROM "
            f"{known}.ducklake_table JOIN place USING (schema_id) "
            "WHERE table_name = $2 AND end_snapshot IS NULL "
            "UNION ALL SELECT view_name, 'VIEW', 0 FROM "
            f"{known}.ducklake_view JOIN place USING (schema_id) "
            "WHERE view_name = $2 AND end_snapshot IS NULL",
            [dataset_id, table_id],
        )

    def required_columns(project_id, dataset_id, table_id):
        if project_id == "emulator":
            return set()
        known = _quoted(f"__ducklake_metadata_{project_id}")
        rows = database.fetch(
            f"SELECT column_name FROM {known}.ducklake_column AS c "
            f"JOIN {known}.ducklake_table AS t ON t.table_id = c.table_id AND t.end_snapshot IS NULL "
            f"JOIN {known}.ducklake_schema AS s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL "
            "WHERE s.schema_name = ? AND t.table_name = ? AND c.end_snapshot IS NULL "
            "AND c.parent_column IS NULL AND NOT c.nulls_allowed",
            [dataset_id, table_id],
        )
        return {name for (name,) in rows}

    def columns(project_id, dataset_id, table_id):
        required = required_columns(*tables.physical(project_id, dataset_id, table_id))
        with database.cursor() as cursor:
            try:
                found = cursor.sql(f"SELECT * FROM {tables.name(project_id, dataset_id, table_id)} LIMIT 0")
            except duckdb.CatalogException:
                raise tables.not_found(
                    "Table", tables.names.label(project_id, dataset_id, table_id)
                ) from None
            return [
                tables.types.field(column, kind, column in required)
                for column, kind in zip(found.columns, found.types)
                if column != tables.INGESTION_TIME or dataset_id == tables.RESULTS
            ]

    plain_execute = query.execute

    def execute(cursor, *args, **options):
        # only the cursor of a session can have temporary tables that it was not told of
        return plain_execute(cursor if options.get("session") else _NewCursor(cursor), *args, **options)

    database.objects = objects
    tables.columns = tabledata.columns = columns
    partitions._hidden = lambda table: False
    query.execute = execute


class _NewCursor:
    """A cursor that has no temporary tables yet, and knows it without listing all others."""

    def __init__(self, cursor):
        self._cursor = cursor

    def sql(self, text, *rest, **options):
        if text == "SELECT table_name FROM duckdb_tables() WHERE temporary":
            text = "SELECT '' AS table_name LIMIT 0"
        return self._cursor.sql(text, *rest, **options)

    def __getattr__(self, name):
        return getattr(self._cursor, name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
