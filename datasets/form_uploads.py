from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile

from datasets.authors import page_author
from datasets.file_actions import store_file
from files.contenttypes import UNKNOWN_TYPE, type_of
from files.models import File
from project.accounts.middleware import PageRequest


def keep_upload(request: PageRequest, content: UploadedFile[bytes]) -> File:
    """A form's upload becomes a file of the workspace. Raises what `store_file` raises."""
    name = content.name or ""
    given = content.content_type or UNKNOWN_TYPE
    content_type = type_of(name) if given == UNKNOWN_TYPE else given
    return store_file(
        request.workspace, content, name=name, author=page_author(request), content_type=content_type
    )
