"""The fields of events in this vendor's words: which of a log's each is, what it is filtered by, how it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from project.lib import jsontext
from project.lib.filters import FieldKind, FilterError, FilterField, Operator
from threads.fields import ATTRIBUTES, LOG_FIELDS
from threads.models import Log

_EQUAL = {"eq": Operator.IS, "neq": Operator.IS_NOT}
_NULL = {"isnull": Operator.IS_NULL}
_ORDER = {
    "lt": Operator.BELOW,
    "lte": Operator.AT_MOST,
    "gt": Operator.ABOVE,
    "gte": Operator.AT_LEAST,
}
_TEXT = {
    "startswith": Operator.BEGINS,
    "istartswith": Operator.BEGINS_IN_ANY_CASE,
    "endswith": Operator.ENDS,
    "iendswith": Operator.ENDS_IN_ANY_CASE,
    "contains": Operator.CONTAINS,
    "icontains": Operator.CONTAINS_IN_ANY_CASE,
    "notcontains": Operator.NOT_CONTAINS,
    "inotcontains": Operator.NOT_CONTAINS_IN_ANY_CASE,
    "matches": Operator.MATCHES,
}
# A log that calls no tool has no list of them: it excludes every tool.
_LIST = {"includes": Operator.OVERLAPS, "excludes": Operator.IS_NOT, "len_eq": Operator.HAS_LENGTH}
OPERATORS: dict[FieldKind, Mapping[str, Operator]] = {
    FieldKind.TEXT: {**_EQUAL, **_TEXT, **_NULL},
    FieldKind.NUMBER: {**_EQUAL, **_ORDER, **_NULL},
    FieldKind.TIME: {**_EQUAL, **_ORDER, **_NULL},
    FieldKind.BOOLEAN: {**_EQUAL, **_NULL},
    FieldKind.LIST: {**_LIST, **_NULL},
    FieldKind.MAP: {"includes": Operator.HAS_KEY, **_NULL},
}
OPERATOR_NAMES = tuple(dict.fromkeys(name for kind in OPERATORS.values() for name in kind))
_TYPES = {
    FieldKind.TEXT: "TEXT",
    FieldKind.NUMBER: "FLOAT",
    FieldKind.TIME: "TIMESTAMP",
    FieldKind.BOOLEAN: "BOOL",
    FieldKind.LIST: "ARRAY",
    FieldKind.MAP: "MAP",
}
_WHOLE = {"prompt_tokens", "completion_tokens", "total_tokens", "status_code"}

# What the vendor documents, and which field of ours that is. Any other field goes by our own name.
DOCUMENTED = {
    "timestamp": "logged_at",
    "event_id": "id",
    "correlation_id": "id",
    "model_name": "model",
    "last_user_message_preview": "input_preview",
    "response_messages_preview": "output_preview",
    "first_system_message": "first_system_message",
    "api_agent_id": "meta.api_agent_id",
    "invoked_tools": "invoked_tools",
    "total_time_elapsed": "latency",
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "metadata": "meta",
}
_METADATA = "metadata."
_OURS = {ours: vendors for vendors, ours in reversed(DOCUMENTED.items())}
_JUDGE = re.compile(r"__judge_([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class EventField:
    """A field by the name that was used for it."""

    name: str
    ours: str
    kind: FieldKind
    field: FilterField

    @property
    def operators(self) -> Mapping[str, Operator]:
        """Ours by the vendor's names."""
        return {**OPERATORS[self.kind], **_ORDER} if self.is_judge else OPERATORS[self.kind]

    @property
    def is_judge(self) -> bool:
        return self.ours.startswith("answers.")

    @property
    def is_keyed(self) -> bool:
        """Whether a log may lack it altogether."""
        return self.ours.startswith(("meta.", "answers."))

    @property
    def type(self) -> str:
        if self.field.choices:
            return "ENUM"
        return "INT" if self.ours in _WHOLE else _TYPES[self.kind]

    @property
    def group(self) -> str:
        return "judges" if self.is_judge else "metadata" if self.ours.startswith("meta") else "event"

    def name_for(self, value: Any) -> str:
        """A judge's answers are numbers or texts: a number is compared with the numbers."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return self.ours.replace("answers.", "scores.", 1) if self.is_judge and is_number else self.ours

    def value_of(self, log: Log) -> Any:
        """As the vendor's client takes it: a text, number, boolean, time, list of texts, or map of texts."""
        root, _, key = self.ours.partition(".")
        if self.ours == "id":
            return str(log.id) if self.name == "event_id" else log.public_id
        if self.ours == "is_root_span":
            return log.span_parent_id is None
        if key:
            return _plain((log.meta if root == "meta" else log.scores).get(key))
        if self.ours in ATTRIBUTES:
            return log.attributes.get(self.ours)
        return _plain(getattr(log, self.ours))


def event_field(name: Any) -> EventField:
    """The field of that name. Raises FilterError with the names that exist."""
    if isinstance(name, str):
        judge = _JUDGE.fullmatch(name)
        ours = f"answers.{judge[1]}" if judge else DOCUMENTED.get(name, name)
        if name.startswith(_METADATA):
            ours = f"meta.{name.removeprefix(_METADATA)}"
        found = LOG_FIELDS.find(ours)
        if found is not None:
            return EventField(name, ours, found.kind, found)
    names = ", ".join([*(field.name for field in event_fields()), "metadata.<key>", "__judge_<judge id>"])
    raise FilterError(f"There is no field {str(name)[:80]!r}; the fields are {names}.")


def event_fields() -> Iterator[EventField]:
    """The documented ones, then our own."""
    for name in [*DOCUMENTED, *(name for name in LOG_FIELDS.fields if name not in _OURS)]:
        yield event_field(name)


def vendors_name(ours: str) -> str:
    """What this vendor calls a field of ours, else our name."""
    root, _, key = ours.partition(".")
    if key and root == "meta":
        return f"{_METADATA}{key}"
    if key and root in {"answers", "scores"} and _JUDGE.fullmatch(f"__judge_{key}"):
        return f"__judge_{key}"
    return _OURS.get(ours, ours)


def judge_field_name(judge_id: UUID) -> str:
    return f"__judge_{judge_id.hex}"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {key: _text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_text(one) for one in value]
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else jsontext.serialise(value)
