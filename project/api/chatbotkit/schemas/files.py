from __future__ import annotations

from typing import Any, cast

from files.models import File
from files.types import FileValues
from project.api.chatbotkit.paging import PageOut
from project.api.chatbotkit.schemas.base import (
    Id,
    In,
    JsonObject,
    Out,
    ShortText,
    Text,
    Visibility,
    meta_edit,
    milliseconds,
)

_TEXTS = ("alias", "name", "description")


class FileIn(In):
    """What is absent stays; null takes a value away."""

    alias: Text | None = None
    name: Text | None = None
    description: Text | None = None
    meta: JsonObject | None = None
    blueprint_id: ShortText | None = None
    visibility: Visibility | None = None

    def to_values(self) -> FileValues:
        given = self.model_fields_set
        values: dict[str, Any] = {name: getattr(self, name) or "" for name in _TEXTS if name in given}
        if "meta" in given:
            values["meta"] = meta_edit(self.meta)
        if self.visibility is not None:
            values["sharing"] = self.visibility
        if "blueprint_id" in given:
            values["extras"] = {"blueprint_id": self.blueprint_id}
        return cast(FileValues, values)


class FileOut(Out):
    id: Id
    alias: str | None
    name: str
    description: str
    meta: dict[str, Any]
    blueprint_id: str | None
    visibility: str
    created_at: int
    updated_at: int

    @classmethod
    def from_file(cls, file: File) -> FileOut:
        return cls(
            id=file.id,
            alias=file.alias or None,
            name=file.name,
            description=file.description,
            meta=file.meta,
            blueprint_id=file.extras.get("blueprint_id"),
            visibility=file.sharing,
            created_at=milliseconds(file.created_at),
            updated_at=milliseconds(file.updated_at),
        )


class FilePageOut(PageOut):
    items: list[FileOut]


class LinkOut(Out):
    url: str
