"""What the resources' schemas are made of."""

from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, InstanceOf, WithJsonSchema
from pydantic_core import PydanticCustomError


class In(BaseModel):
    """Unknown keys are ignored: newer clients send more than this version knows."""

    model_config = ConfigDict(extra="ignore")


class Out(BaseModel):
    model_config = ConfigDict(frozen=True)


def _refuse_other_than_object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise PydanticCustomError("json_object", "Input should be a JSON object")
    return value


def _refuse_nul(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("nul_character", "Input should have no NUL character")
    return text


_OBJECT = WithJsonSchema({"type": "object", "additionalProperties": True})

NO_NUL = AfterValidator(_refuse_nul)
Text = Annotated[str, NO_NUL]
# Taken as it was parsed: pydantic itself would refuse keys with lone surrogates.
JsonObject = Annotated[Any, AfterValidator(_refuse_other_than_object), _OBJECT]
# JSON text that is written as it is.
RawObject = Annotated[InstanceOf[orjson.Fragment], _OBJECT]
