"""What local-bigquery 0.3.2 does otherwise than BigQuery, put right.

Each patch is a function that replaces something of the emulator, and its docstring says what is wrong there and how the
real service behaves. They are written for exactly the version in requirements.txt.
"""

from __future__ import annotations

from . import arrays, catalog, loads, schemas, server, statements, text, uploads

PATCHES = (
    statements.merge_in_transaction,
    statements.assignments_are_no_comparisons,
    statements.update_from_matches_once,
    statements.text_of_conflicts,
    text.numeric_as_text,
    arrays.null_arrays_are_empty,
    schemas.schema_changes,
    loads.strict_loads,
    catalog.one_at_a_time,
    catalog.quick_lookup,
    catalog.exact_row_count,
    uploads.fast_multipart,
    uploads.resumable_offsets,
    server.quiet_server,
)


def apply() -> None:
    """Applies every patch. Call it once, before the emulator's server starts."""
    for patch in PATCHES:
        patch()
