"""Arrays that are NULL."""

from __future__ import annotations


def null_arrays_are_empty() -> None:
    """A REPEATED column of a stored table is never NULL.

    Wrong: a NULL that DML, a load or a query writes, and that a new column gives the old rows, stays one.
    BigQuery: stores no NULL array; what is read is an empty one. (Within a query the two differ. Temporary tables and
    arrays inside of records are left as they are here.)
    """
    from local_bigquery.catalog import names, tables
    from local_bigquery.engine import database
    from local_bigquery.engine.database import quote
    from local_bigquery.jobs import query
    from sqlglot import exp

    plain_statement = query._run
    plain_write = tables.write
    plain_alter = tables._alter

    def fill(cursor, reference) -> None:
        for column in tables.columns(*reference):
            if column.mode != "REPEATED":
                continue
            table, name = tables.name(*reference), quote(column.name)
            if cursor.execute(f"SELECT 1 FROM {table} WHERE {name} IS NULL LIMIT 1").fetchone():
                cursor.execute(f"UPDATE {table} SET {name} = [] WHERE {name} IS NULL")

    def target(tree, context):
        table = tree.find(exp.Table)
        reference = names.reference(table, context.project_id, context.dataset_id)
        return reference if all(reference) and tables.exists(*reference) else None

    def statement(cursor, tree, context, destination, config, dry_run, isolated):
        result = plain_statement(cursor, tree, context, destination, config, dry_run, isolated)
        writes = isinstance(tree, (exp.Insert, exp.Update, exp.Merge, exp.Alter))
        if writes and not dry_run and (reference := target(tree, context)):
            fill(cursor, reference)
        return result

    def write(cursor, sql, params, reference, config, *rest, **options):
        created = plain_write(cursor, sql, params, reference, config, *rest, **options)
        if reference[1] != tables.RESULTS:
            fill(cursor, reference)
        return created

    def alter(project_id, dataset_id, table_id, fields):
        result = plain_alter(project_id, dataset_id, table_id, fields)
        with database.cursor() as cursor:
            fill(cursor, (project_id, dataset_id, table_id))
        return result

    query._run = statement
    tables.write = write
    tables._alter = alter
