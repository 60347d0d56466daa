from __future__ import annotations

from typing import Any

from files.models import File
from project.api.chatbotkit.paging import PageOut
from project.api.chatbotkit.schemas.base import Id, Out, milliseconds


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
