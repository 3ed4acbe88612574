"""Reads and writes lines of JSON as a load job of BigQuery understands them. Pure: nothing of the emulator is used here
but the shape of a field (name, type, mode, fields)."""

from __future__ import annotations

import json
import re

WHOLE = re.compile(r"-?\d+(\.0+)?")


class Number(str):
    """A number exactly as it was written; the line is a float nowhere on its way."""


def read_line(line: str, fields: list, ignore_unknown: bool) -> str:
    """Checks a line against the fields and writes it anew, with the table's spelling of names and numbers as text.

    Raises ValueError with BigQuery's reason when the line does not fit.
    """
    row = json.loads(line, parse_int=Number, parse_float=Number)
    if not isinstance(row, dict):
        raise ValueError("Start of object expected")
    return write_record(read_record(row, fields, "", ignore_unknown), fields)


def read_record(row: dict, fields: list, path: str, ignore_unknown: bool) -> dict:
    by_name = {field.name.casefold(): field for field in fields}
    found = {}
    for key, value in row.items():
        field = by_name.get(key.casefold())
        if field is None and not ignore_unknown:
            raise ValueError(f"No such field: {path}{key}.")
        if field is not None and value is not None:
            found[field.name] = read_field(value, field, path, ignore_unknown)
    for field in fields:
        if field.mode == "REQUIRED" and field.name not in found:
            raise ValueError(f"Missing required field: {path}{field.name}.")
    return found


def read_field(value, field, path: str, ignore_unknown: bool):
    if field.mode != "REPEATED" or not isinstance(value, list):
        return read_value(value, field, path + field.name, ignore_unknown)
    return [
        element if element is None else read_value(element, field, path + field.name, ignore_unknown)
        for element in value
    ]


def read_value(value, field, path: str, ignore_unknown: bool):
    kind = (field.type or "STRING").upper()
    if kind in ("RECORD", "STRUCT") and isinstance(value, dict):
        return read_record(value, field.fields or [], path + ".", ignore_unknown)
    if kind in ("INT64", "INTEGER") and not is_whole(value):
        raise ValueError(f"Could not convert value to integer. Field: {path}; Value: {value}")
    return value


def is_whole(value) -> bool:
    """Whether a value may become an INT64; what is no text and no number is judged by the emulator."""
    if isinstance(value, bool):
        return False
    return not isinstance(value, str) or WHOLE.fullmatch(value.strip()) is not None


def write_record(row: dict, fields: list) -> str:
    by_name = {field.name: field for field in fields}
    pairs = (f"{json.dumps(key)}:{write_value(value, by_name[key])}" for key, value in row.items())
    return "{" + ",".join(pairs) + "}"


def write_value(value, field) -> str:
    if (field.type or "").upper() == "JSON":
        return write_json(value)
    if isinstance(value, list):
        return "[" + ",".join(write_value(element, field) for element in value) + "]"
    if isinstance(value, dict) and field.fields:
        return write_record(value, field.fields)
    if isinstance(value, dict):
        return write_json(value)
    return json.dumps(value)


def write_json(value) -> str:
    """A value of a JSON column: its numbers stay numbers."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(write_json(element) for element in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{write_json(element)}" for key, element in value.items()) + "}"
    return json.dumps(value)
