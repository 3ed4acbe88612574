"""Statements: MERGE in transactions, assignments of arrays, UPDATE … FROM, the text of conflicts."""

from __future__ import annotations

import re


class JoinedCursor:
    """A cursor within an open transaction, for code that would begin its own: BEGIN is refused, as if sent twice."""

    def __init__(self, cursor):
        self._cursor = cursor

    def execute(self, sql, *rest):
        import duckdb

        if sql == "BEGIN":
            raise duckdb.TransactionException("a transaction is open")
        return self._cursor.execute(sql, *rest)

    def __getattr__(self, name):
        return getattr(self._cursor, name)


def merge_in_transaction() -> None:
    """MERGE works inside BEGIN TRANSACTION … COMMIT TRANSACTION.

    Wrong: MERGE sends a BEGIN of its own and expects it to fail harmlessly when a transaction is open; DuckDB however
    aborts that transaction.
    BigQuery: MERGE is part of the open transaction.
    """
    from local_bigquery.jobs import merge, query
    from sqlglot import exp

    in_transaction: set[int] = set()
    plain_statement = query._run
    plain_merge = merge.run
    plain_job = query.execute

    def statement(cursor, tree, *rest):
        result = plain_statement(cursor, tree, *rest)
        if isinstance(tree, exp.Transaction):
            in_transaction.add(id(cursor))
        elif isinstance(tree, (exp.Commit, exp.Rollback)):
            in_transaction.discard(id(cursor))
        return result

    def run_merge(cursor, tree, context):
        joined = JoinedCursor(cursor) if id(cursor) in in_transaction else cursor
        return plain_merge(joined, tree, context)

    def job(cursor, *args, **options):
        try:
            return plain_job(cursor, *args, **options)
        finally:
            # a later cursor may get the same id; only the cursor of a session outlives the job
            if not options.get("session"):
                in_transaction.discard(id(cursor))

    query._run = statement
    query.execute = job
    merge.run = run_merge


def assignments_are_no_comparisons() -> None:
    """UPDATE and MERGE set arrays and JSON values.

    Wrong: `SET items = [..]`, `SET items = ARRAY(..)` and `SET raw = JSON '..'` are refused as comparisons.
    BigQuery: the equals sign of SET assigns.
    """
    from local_bigquery.sql.rules import NODE_RULES, STATEMENT_RULES, arrays
    from local_bigquery.sql.rules import json as json_rules
    from sqlglot import exp

    plain_literals = arrays.invalid_literals
    plain_equality = json_rules.equality

    def assigns(node) -> bool:
        return isinstance(node, exp.EQ) and isinstance(node.parent, exp.Update) and node.arg_key == "expressions"

    def literals(tree, context):
        copy = tree.copy()
        for comparison in list(copy.find_all(exp.EQ)):
            if assigns(comparison):
                comparison.replace(comparison.expression.copy())
        plain_literals(copy, context)
        return tree

    def equality(node, context):
        return node if assigns(node) else plain_equality(node, context)

    STATEMENT_RULES[STATEMENT_RULES.index(plain_literals)] = literals
    NODE_RULES[NODE_RULES.index(plain_equality)] = equality


def update_from_matches_once() -> None:
    """UPDATE … FROM refuses a target row that several source rows match.

    Wrong: one of them is taken.
    BigQuery: "UPDATE/MERGE must match at most one source row for each target row".
    """
    import sqlglot
    from local_bigquery.errors import BigQueryError
    from local_bigquery.jobs import merge, query
    from local_bigquery.sql.dialect import BigQueryDialect
    from local_bigquery.sql.translate import translate
    from sqlglot import exp

    plain = query._run

    def several_matches(tree) -> str:
        alias = tree.this.alias_or_name
        table = f"{merge._unaliased(tree.this)} AS {alias}"
        source = tree.args["from_"].sql(dialect=BigQueryDialect).strip()[len("FROM ") :]
        where = tree.args["where"].sql(dialect=BigQueryDialect)
        return f"SELECT 1 FROM {table}, {source} {where} GROUP BY {alias}.rowid HAVING COUNT(*) > 1 LIMIT 1"

    def statement(cursor, tree, context, destination, config, dry_run, isolated):
        joins = isinstance(tree, exp.Update) and tree.args.get("from_") and tree.args.get("where")
        if joins and not dry_run:
            check = sqlglot.parse_one(several_matches(tree), dialect=BigQueryDialect)
            if cursor.execute(*translate(check, context)).fetchone():
                message = "UPDATE/MERGE must match at most one source row for each target row"
                raise BigQueryError("invalidQuery", message)
        return plain(cursor, tree, context, destination, config, dry_run, isolated)

    query._run = statement


def text_of_conflicts() -> None:
    """A transaction that loses against another one says so as BigQuery does.

    Wrong: "Failed to commit DuckLake transaction".
    BigQuery: "Transaction is aborted due to concurrent update against table …", reason invalidQuery.
    """
    from local_bigquery import errors

    pattern = re.compile(r"(?P<name>Failed to commit DuckLake) transaction")
    message = "Transaction is aborted due to concurrent update against table"
    errors.DUCKDB_ERRORS.insert(0, (pattern, "invalidQuery", message))
