"""How values read as text."""

from __future__ import annotations


def numeric_as_text() -> None:
    """CAST(NUMERIC AS STRING) has no padding.

    Wrong: '1.100000000', as DuckDB writes a DECIMAL(38, 9).
    BigQuery: '1.1'.
    """
    from local_bigquery.sql.rules import NODE_RULES
    from local_bigquery.sql.rules.typing import DECIMALS, TEXT, kind
    from sqlglot import exp

    def replaced(node, pattern: str, by: str):
        return exp.func("regexp_replace", node, exp.Literal.string(pattern), exp.Literal.string(by))

    def trimmed(node, context):
        if not isinstance(node, exp.Cast) or node.meta.get("trimmed"):
            return node
        if node.to.this not in TEXT or kind(node.this) not in DECIMALS:
            return node
        node.meta["trimmed"] = True
        without_zeros = replaced(node, r"(\.\d*?)0+$", r"\1")
        return replaced(without_zeros, r"\.$", "")

    NODE_RULES.append(trimmed)
