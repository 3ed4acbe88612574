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
