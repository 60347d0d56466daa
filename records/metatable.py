"""Meta as a table of keys, kinds and values as texts, and back. Values that nobody touched stay as they are. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from project.lib import jsontext
from records.errors import EditInvalidError
from records.prettyjson import pretty
from records.turns import as_lines, kept_text

TEXT, NUMBER, BOOLEAN, EMPTY, JSON = "text", "number", "boolean", "empty", "json"
KINDS = ((TEXT, "Text"), (NUMBER, "Number"), (BOOLEAN, "True or false"), (JSON, "JSON"), (EMPTY, "Empty"))
SHOWN_FIELDS = 150  # A form has a limit of fields; the other keys stay as they are.


class MetaField(NamedTuple):
    """A row. `was` is the key that it stood for, empty for a new one; with an empty `key` it is removed."""

    was: str
    key: str
    kind: str
    value: str


def fields_of(meta: dict[str, Any]) -> tuple[MetaField, ...]:
    shown = list(meta.items())[:SHOWN_FIELDS]
    return tuple(
        MetaField(_one_line(key), _one_line(key), kind_of(value), _told(value)) for key, value in shown
    )


def edited_by_table(meta: dict[str, Any], fields: Sequence[MetaField]) -> dict[str, Any]:
    """The meta after the edits; keys without a row stay. Raises EditInvalidError."""
    sent = {field.was: field for field in fields if field.was}
    edited: dict[str, Any] = {}
    for key, value in meta.items():
        field = sent.get(_one_line(key))
        if field is None:
            _put(edited, key, value)
        elif field.key:
            _put(edited, key if field.key == _one_line(key) else field.key, _value(field, value))
    for field in fields:
        if field.key and not field.was:
            _put(edited, field.key, _fresh_value(field))
    return edited


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, str):
        return TEXT
    if isinstance(value, int | float):
        return NUMBER
    return EMPTY if value is None else JSON


def _told(value: Any) -> str:
    if isinstance(value, str):
        return as_lines(value)
    return "" if value is None else as_lines(pretty(jsontext.serialise(value)))


def _one_line(key: str) -> str:
    """As a field of one line gives a key back."""
    return as_lines(key).replace("\n", "").strip()


def _put(edited: dict[str, Any], key: str, value: Any) -> None:
    if key in edited:
        raise EditInvalidError(f"“{key}” is there twice; keep one of the two.")
    edited[key] = value


def _value(field: MetaField, old: Any) -> Any:
    if field.kind == kind_of(old) and as_lines(field.value) == _told(old):
        return old
    if field.kind == TEXT and isinstance(old, str):
        return kept_text(old, field.value)
    return _fresh_value(field)


def _fresh_value(field: MetaField) -> Any:
    sent = as_lines(field.value)
    if field.kind == TEXT:
        return sent
    if field.kind == EMPTY:
        return None
    try:
        value = jsontext.parse(sent.strip().encode())
    except jsontext.JsonTextError as error:
        raise EditInvalidError(_refusal(field, str(error))) from None
    if field.kind != JSON and kind_of(value) != field.kind:
        raise EditInvalidError(_refusal(field, ""))
    return value


def _refusal(field: MetaField, cause: str) -> str:
    if field.kind == NUMBER:
        return (
            f"The value of “{field.key}” is no number; write one such as 12 or 0.5, or choose another kind."
        )
    if field.kind == BOOLEAN:
        return f"The value of “{field.key}” is neither true nor false; write one of the two."
    return f"The value of “{field.key}” is {cause}. Correct it, or choose another kind."
