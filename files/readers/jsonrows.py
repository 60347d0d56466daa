"""JSON row by row: an array's elements, the lines of JSONL, or one object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from files.readers.types import Form, Section, UnreadableError


def json_sections(text: str, name: str) -> Iterator[Section]:
    """Raises UnreadableError for what is not JSON; lines of JSON under the name of JSON are read as such."""
    try:
        value = json.loads(text)
    except ValueError as error:
        if not _is_json(text.lstrip().partition("\n")[0]):
            raise UnreadableError(f"{name} is not JSON: {_cause(error)}.") from None
        yield from jsonl_sections(text, name)
        return
    rows = value if isinstance(value, list) else [value]
    for number, row in enumerate(rows, 1):
        yield Section(said(row), f"row {number}" if isinstance(value, list) else "", Form.ROW)


def jsonl_sections(text: str, name: str) -> Iterator[Section]:
    """Raises UnreadableError with the number of the first line that is not JSON."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UnreadableError(f"Line {number} of {name} is not JSON: {_cause(error)}.") from None
        yield Section(said(row), f"row {number}", Form.ROW)


def said(value: Any) -> str:
    """An object as lines of `key: value`, so that it reads like a row; text as it is; else its JSON."""
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_plain(inner)}" for key, inner in value.items() if inner not in (None, ""))
    return _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _cause(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at line {error.lineno}, column {error.colno}"
    return "a number is too long"
