"""What the resources' schemas are made of."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from project.lib.edits import MetaEdit

MAX_COLUMN_INTEGER = 2**31 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_EDIT = "$update"
_OPEN_KEY = re.compile(r"[^\W_]")


class In(BaseModel):
    """Unknown keys are ignored: newer clients send more than this version knows."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)


class Out(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


# Text from the start: the writer of very large numbers knows no UUIDs.
Id = Annotated[UUID, PlainSerializer(str, return_type=str)]


class IdOut(Out):
    id: Id


def _refuse_other_than_object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise PydanticCustomError("json_object", "Input should be a JSON object")
    return value


def _refuse_unstorable(text: str) -> str:
    if "\x00" in text or (not text.isascii() and text != text.encode(errors="replace").decode()):
        raise PydanticCustomError(
            "unstorable", "Input should have no NUL character and no half of a surrogate pair"
        )
    return text


def _refuse_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "Input should not be blank")
    return text


STORABLE = AfterValidator(_refuse_unstorable)
Text = Annotated[str, STORABLE]
SomeText = Annotated[str, AfterValidator(_refuse_blank), STORABLE]
ShortText = Annotated[str, Field(max_length=10_000), STORABLE]
# Taken as it was parsed: pydantic itself would refuse keys with lone surrogates.
JsonObject = Annotated[
    Any,
    AfterValidator(_refuse_other_than_object),
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]
Count = Annotated[int, Field(strict=True, ge=1, le=MAX_COLUMN_INTEGER)]
Score = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Visibility = Literal["private", "protected", "public"]


def milliseconds(moment: datetime) -> int:
    """Since the epoch: this vendor's clients refuse anything else as a time."""
    return (moment - _EPOCH) // _MILLISECOND


def meta_edit(meta: Any) -> dict[str, Any] | MetaEdit:
    """`{"$update": {...}}` edits the stored meta, anything else takes its place."""
    if isinstance(meta, dict) and isinstance(meta.get(_EDIT), dict):
        return MetaEdit(open_meta(meta[_EDIT]))
    return open_meta(meta)


def open_meta(meta: Any) -> dict[str, Any]:
    """Without the keys that this vendor reserves: those that begin with `_` or with no letter or digit."""
    return {key: value for key, value in (meta or {}).items() if _OPEN_KEY.match(key)}
