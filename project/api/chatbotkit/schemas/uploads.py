from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from files.models import Upload
from project.api.chatbotkit.schemas.base import Id, In, Out, Text

MAX_SIZE = 2**53


class AnnouncedIn(In):
    """A direct upload to come. Without a type the name says it."""

    type: Text
    size: Annotated[int, Field(strict=True, ge=0, le=MAX_SIZE, description="Bytes.")]
    name: Text | None = None


class AnnouncementIn(In):
    file: AnnouncedIn


class SourceIn(In):
    """Content in the call itself."""

    file: Annotated[
        Text, Field(description="An http: or https: URL that the server fetches, or a data: URL.")
    ]


class UploadRequestOut(Out):
    method: str
    url: str
    headers: dict[str, str]

    @classmethod
    def to(cls, url: str, upload: Upload) -> UploadRequestOut:
        headers = {"Content-Length": str(upload.size_bytes), "Content-Type": upload.content_type}
        if upload.name:
            headers["Content-Disposition"] = f"attachment; filename={quote(upload.name, safe='')}"
        return cls(method="PUT", url=url, headers=headers)


class UploadOut(Out):
    id: Id
    upload_request: UploadRequestOut | None = None
