"""Changes of a table's schema."""

from __future__ import annotations

from dataclasses import dataclass

STANDARD_TYPES = {
    "INT64": "INTEGER",
    "FLOAT64": "FLOAT",
    "BOOL": "BOOLEAN",
    "STRUCT": "RECORD",
    "BIGDECIMAL": "BIGNUMERIC",
    "DECIMAL": "NUMERIC",
}


def standard_type(field) -> str:
    """The name under which BigQuery's REST API gives a type back."""
    given = (field.type or "STRING").upper()
    return STANDARD_TYPES.get(given, given)


@dataclass(frozen=True)
class Change:
    """A change that is asked for: of which table, and what is allowed."""

    reference: tuple[str, str, str]
    add: bool
    relax: bool

    def refuse(self, text: str):
        from local_bigquery.catalog import names
        from local_bigquery.errors import BigQueryError

        label = names.label(*self.reference)
        raise BigQueryError("invalid", f"Provided Schema does not match Table {label}. {text}")

    @property
    def table(self) -> str:
        from local_bigquery.catalog import tables

        return tables.name(*self.reference)


@dataclass(frozen=True)
class Level:
    """A level of records: where it lies for DuckDB, and how its fields are called in messages."""

    at: tuple[str, ...] = ()
    path: str = ""

    def below(self, field) -> Level:
        element = ("element",) if field.mode == "REPEATED" else ()
        return Level((*self.at, field.name, *element), f"{self.path}{field.name}.")


def conform(change: Change, actual: list, given: list, level: Level = Level()) -> None:
    """Compares a table's fields with given ones: adds nested fields, relaxes modes, refuses what BigQuery refuses.

    Fields at the top are added by the emulator itself, those of records here.
    """
    current = {field.name.casefold(): field for field in actual}
    if level.at:
        refuse_missing(change, actual, given, level)
    for field in given:
        existing = current.get(field.name.casefold())
        if existing is None:
            add_field(change, field, level)
        else:
            alter_field(change, existing, field, level)


def refuse_missing(change: Change, actual: list, given: list, level: Level) -> None:
    told = {field.name.casefold() for field in given}
    for field in actual:
        if field.name.casefold() not in told:
            change.refuse(f"Field {level.path}{field.name} is missing in new schema")


def add_field(change: Change, field, level: Level) -> None:
    from local_bigquery.engine import database, types
    from local_bigquery.engine.database import quote

    name = f"{level.path}{field.name}"
    if field.mode == "REQUIRED":
        change.refuse(f"Cannot add required fields to an existing schema. (field: {name})")
    if not change.add:
        change.refuse(f"Cannot add fields (field: {name})")
    if level.at:
        column = quote(*level.at, field.name)
        database.execute(f"ALTER TABLE {change.table} ADD COLUMN {column} {types.duckdb_type(field)}")


def alter_field(change: Change, existing, field, level: Level) -> None:
    name = f"{level.path}{field.name}"
    kind = standard_type(field)
    if kind != existing.type:
        change.refuse(f"Field {name} has changed type from {existing.type} to {kind}")
    before = existing.mode or "NULLABLE"
    after = field.mode or "NULLABLE"
    if before != after:
        if not change.relax or (before, after) != ("REQUIRED", "NULLABLE"):
            change.refuse(f"Field {name} has changed mode from {before} to {after}")
        relax_field(change, existing, level)
    if existing.fields:
        conform(change, existing.fields, field.fields or [], level.below(existing))


def relax_field(change: Change, existing, level: Level) -> None:
    from local_bigquery.engine import database
    from local_bigquery.engine.database import quote

    # nested fields are never enforced in storage
    if not level.at:
        database.execute(f"ALTER TABLE {change.table} ALTER COLUMN {quote(existing.name)} DROP NOT NULL")


def schema_changes() -> None:
    """tables.patch and tables.update change what is stored.

    Wrong: new nested fields are dropped without a word; a changed type, a new REQUIRED column and a tightened mode are
    accepted and ignored; a view's new query changes its metadata only.
    BigQuery: adds nested fields, refuses the others with 400 invalid, and the view answers with its new query.
    """
    from local_bigquery.catalog import tables
    from local_bigquery.engine import database
    from local_bigquery.jobs import query

    plain_alter = tables._alter
    plain_update = tables.update

    def alter(project_id, dataset_id, table_id, fields):
        reference = (project_id, dataset_id, table_id)
        actual = tables.load(*reference).schema_.fields or []
        conform(Change(reference, add=True, relax=True), actual, fields)
        return plain_alter(*reference, fields)

    def update(project_id, dataset_id, table_id, body, *rest):
        if body.view and body.view.query:
            name = tables.name(project_id, dataset_id, table_id)
            select = query.translate_view(project_id, dataset_id, body.view.query)
            database.execute(f"CREATE OR REPLACE VIEW {name} AS {select}")
            body = body.without("schema")
        return plain_update(project_id, dataset_id, table_id, body, *rest)

    tables._alter = alter
    tables.update = update
