"""A column of type `json`: PostgreSQL checks the syntax and keeps the text, so nothing is re-ordered, rounded or lost
(`jsonb` refuses NUL escapes and lone surrogates, and `payload` is never searched by key)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from project.lib.jsontext import parse, serialise


class JsonText:
    """A JSON text with its value, parsed when first asked for."""

    __slots__ = ("_parsed", "_value", "raw")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self._parsed = False
        self._value: Any = None

    @classmethod
    def of(cls, value: Any) -> JsonText:
        return cls(serialise(value))

    @property
    def value(self) -> Any:
        if not self._parsed:
            self._value, self._parsed = parse(self.raw.encode()), True
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JsonText) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __str__(self) -> str:
        return self.raw


if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class JsonTextField(_Field):
    """Holds a `JsonText`; takes a `JsonText` or a plain value."""

    description = "JSON kept as its text"

    def db_type(self, connection: Any) -> str:
        return "json"

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return f"({sql})::text", params

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> JsonText | None:
        return None if value is None else JsonText(value)

    def to_python(self, value: Any) -> JsonText | None:
        return value if value is None or isinstance(value, JsonText) else JsonText.of(value)

    def get_prep_value(self, value: Any) -> str | None:
        as_json = self.to_python(value)
        return None if as_json is None else as_json.raw

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::json"

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)
