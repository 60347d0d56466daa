"""What the resources' schemas are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from project.api.keywordsai.errors import FieldInvalidError
from project.lib.moments import MomentError, parse_moment
from project.lib.texts import holds_unstorable


class In(BaseModel):
    """Unknown keys are ignored, as this vendor does."""

    model_config = ConfigDict(extra="ignore")


class Window(NamedTuple):
    """Both ends are inside."""

    begins_at: datetime
    ends_at: datetime


class Out(BaseModel):
    model_config = ConfigDict(frozen=True)


def _refuse_unstorable(value: Any) -> Any:
    if holds_unstorable(value):
        raise PydanticCustomError(
            "unstorable", "Input should have no NUL character and no half of a surrogate pair"
        )
    return value


def _refuse_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "Input should not be blank")
    return text


def _refuse_other_than_object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise PydanticCustomError("json_object", "Input should be a JSON object")
    return value


def say_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_moment(value: Any) -> Any:
    if value is None or isinstance(value, datetime):
        return value
    try:
        return parse_moment(str(value))
    except MomentError:
        raise PydanticCustomError("moment", "Input should be a time such as 2025-01-31T12:00:00Z") from None


STORABLE = AfterValidator(_refuse_unstorable)
Text = Annotated[str, STORABLE]
SomeText = Annotated[str, AfterValidator(_refuse_blank), STORABLE]
# Taken as it was parsed: pydantic itself would refuse keys with lone surrogates.
JsonObject = Annotated[
    Any,
    AfterValidator(_refuse_other_than_object),
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]
Moment = Annotated[datetime, BeforeValidator(_read_moment)]
# Text from the start: the writer of very large numbers knows neither.
Id = Annotated[UUID, PlainSerializer(str, return_type=str)]
Time = Annotated[datetime, PlainSerializer(say_moment, return_type=str)]


class WindowIn(In):
    start_time: Moment | None = None
    end_time: Moment | None = None

    def window(self) -> Window:
        """Raises FieldInvalidError."""
        if self.start_time is None:
            raise FieldInvalidError("start_time", "start_time is required.")
        if self.end_time is None:
            raise FieldInvalidError("end_time", "end_time is required.")
        if self.end_time < self.start_time:
            raise FieldInvalidError("end_time", "end_time should not lie before start_time.")
        return Window(self.start_time, self.end_time)
