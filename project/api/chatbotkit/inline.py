"""Content that comes in the call itself: by URL, data URL, multipart or as the raw body."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.base import File as Content
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from ninja.errors import ValidationError
from pydantic import ValidationError as ShapeError

from files.dataurls import SCHEME, read_data_url
from files.errors import FileInvalidError
from project.api.chatbotkit.schemas.uploads import AnnouncedIn, AnnouncementIn, SourceIn
from project.lib import jsontext

MAX_INLINE_BYTES = 9 * 1024**2 // 2


@dataclass(frozen=True, slots=True)
class Inline:
    content: Content[bytes]
    content_type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    url: str


def sent_content(request: HttpRequest) -> Inline | Address | AnnouncedIn:
    """What the body holds or names. Raises FileInvalidError or ValidationError."""
    if request.content_type == "application/json":
        return _named(_parsed(request.body))
    if request.content_type == "multipart/form-data":
        part = request.FILES.get("file")
        if not isinstance(part, UploadedFile):
            raise FileInvalidError("The form has no file in a part with the name file.")
        return Inline(part, part.content_type or "", part.name or "")
    return Inline(ContentFile(request.body), request.content_type or "")


def _named(file: str | AnnouncedIn) -> Inline | Address | AnnouncedIn:
    if isinstance(file, AnnouncedIn):
        return file
    if file[: len(SCHEME)].lower() == SCHEME:
        data = read_data_url(file)
        return Inline(ContentFile(data.content), data.content_type)
    if file.partition(":")[0].lower() not in {"http", "https"}:
        raise FileInvalidError(
            "file is an http: or https: URL, a data: URL, or an object with type and size."
        )
    return Address(file)


def _parsed(body: bytes) -> str | AnnouncedIn:
    """By one of the two forms, so that a refusal speaks of this one alone."""
    said = jsontext.parse(body)
    is_announced = isinstance(said, dict) and isinstance(said.get("file"), dict)
    try:
        return (AnnouncementIn if is_announced else SourceIn).model_validate(said).file
    except ShapeError as error:
        raise ValidationError(
            [{**one, "loc": ("body", "upload", *one["loc"])} for one in error.errors()]
        ) from None
