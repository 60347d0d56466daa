from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile

from datasets.authors import page_author
from datasets.file_actions import put_content, store_file
from files.contenttypes import UNKNOWN_TYPE, type_of
from files.models import File, FileVersion
from project.accounts.middleware import PageRequest


def keep_upload(request: PageRequest, content: UploadedFile[bytes]) -> File:
    """A form's upload becomes a file of the workspace. Raises what `store_file` raises."""
    return store_file(
        request.workspace,
        content,
        name=content.name or "",
        author=page_author(request),
        content_type=_type_of(content),
    )


def keep_version(request: PageRequest, file: File, content: UploadedFile[bytes]) -> FileVersion:
    """A form's upload becomes the newest version of the file. Raises what `put_content` raises."""
    author = page_author(request)
    return put_content(file, content, author=author, content_type=_type_of(content), name=content.name or "")


def _type_of(content: UploadedFile[bytes]) -> str:
    given = content.content_type or UNKNOWN_TYPE
    return type_of(content.name or "") if given == UNKNOWN_TYPE else given
