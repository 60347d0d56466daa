from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from files.models import File
from files.querysets import FileQuerySet
from project.api.mistral.schemas.base import NO_NUL, In, Out, Text

DEFAULT_PURPOSE = "fine-tune"
BATCH_PURPOSE = "batch"
MAX_EXPIRY_HOURS = 87_600

SOURCES = {File.Origin.UPLOAD: "upload", File.Origin.EXPORT: "mistral"}


class FileIn(In):
    expiry: Annotated[int, Field(ge=1, le=MAX_EXPIRY_HOURS, description="Hours.")] | None = None
    visibility: Literal["workspace", "user"] = "workspace"
    purpose: Annotated[str, StringConstraints(max_length=40), NO_NUL] = DEFAULT_PURPOSE

    def expires_at(self, now: datetime) -> datetime | None:
        return None if self.expiry is None else now + timedelta(hours=self.expiry)


class FilesIn(In):
    page: int = Field(0, ge=0, le=1_000_000, description="The first page is 0.")
    page_size: int = Field(100, ge=1, le=1_000)
    include_total: bool = True
    sample_type: list[Text] = Field([])
    source: list[Text] = Field([])
    search: Text = ""
    purpose: Text = ""
    mimetypes: list[Text] = Field([])

    def narrow(self, files: FileQuerySet) -> FileQuerySet:
        """Those that the query asks for; what was not given narrows nothing."""
        files = files.named_like(self.search)
        if self.purpose:
            purposes = {self.purpose, ""} if self.purpose == DEFAULT_PURPOSE else {self.purpose}
            files = files.filter(purpose__in=purposes)
        if self.source:
            files = files.filter(
                origin__in=[ours for ours, theirs in SOURCES.items() if theirs in self.source]
            )
        if self.mimetypes:
            files = files.filter(content_type__in=self.mimetypes)
        if self.sample_type and "instruct" not in self.sample_type:
            files = files.filter(purpose=BATCH_PURPOSE)
        if self.sample_type and "batch_request" not in self.sample_type:
            files = files.exclude(purpose=BATCH_PURPOSE)
        return files


class LinkIn(In):
    expiry: int = Field(24, ge=1, le=168, description="Hours.")


class FileOut(Out):
    id: UUID
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    filename: str
    purpose: str
    sample_type: str
    source: str
    num_lines: int | None = None
    mimetype: str | None
    signature: str | None
    expires_at: int | None
    visibility: str | None

    @classmethod
    def from_file(cls, file: File) -> Self:
        return cls(
            id=file.id,
            bytes=file.size_bytes,
            created_at=int(file.created_at.timestamp()),
            filename=file.name,
            purpose=file.purpose or DEFAULT_PURPOSE,
            sample_type="batch_request" if file.purpose == BATCH_PURPOSE else "instruct",
            source=SOURCES[File.Origin(file.origin)],
            mimetype=file.content_type,
            signature=file.sha256,
            expires_at=int(file.expires_at.timestamp()) if file.expires_at else None,
            visibility=file.visibility,
        )


class FileDetailOut(FileOut):
    deleted: bool = False


class FilesOut(Out):
    data: list[FileOut]
    object: Literal["list"] = "list"
    total: int | None


class FileDeletedOut(Out):
    id: UUID
    object: Literal["file"] = "file"
    deleted: bool = True


class LinkOut(Out):
    url: str
