"""A form's upload becomes a file of the workspace."""

from __future__ import annotations

from mimetypes import guess_type

from django.core.files.uploadedfile import UploadedFile

from files.actions import store_file
from files.models import File
from project.accounts.middleware import PageRequest

UNKNOWN_TYPE = "application/octet-stream"
TYPES_BY_ENDING = {".jsonl": "application/jsonl", ".ndjson": "application/jsonl", ".gz": "application/gzip"}


def keep_upload(request: PageRequest, content: UploadedFile[bytes]) -> File:
    """Raises what `store_file` raises."""
    name = content.name or ""
    given = content.content_type or UNKNOWN_TYPE
    content_type = type_of(name) if given == UNKNOWN_TYPE else given
    return store_file(
        request.workspace, content, name=name, created_by=request.user, content_type=content_type
    )


def type_of(name: str) -> str:
    """Browsers know no JSONL; then the ending of the name says more than they do."""
    ending = next((ending for ending in TYPES_BY_ENDING if name.lower().endswith(ending)), "")
    return TYPES_BY_ENDING.get(ending) or guess_type(name)[0] or UNKNOWN_TYPE
