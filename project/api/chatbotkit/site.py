"""What the site around this dialect must know of it."""

from __future__ import annotations

import re

from django.conf import settings

from project.api.chatbotkit.errors import failure
from project.api.chatbotkit.inline import MAX_INLINE_BYTES
from project.api.dialect import FORM_BYTES, Dialect

PREFIX = "/api/v1/"
_UPLOAD = re.compile(rf"{PREFIX}file/[^/]+/upload")
_ESCAPED = 3  # Times the length of a byte that a data URL spells as %41.


def body_limit(path: str, content_type: str) -> int | None:
    if path == f"{PREFIX}upload":
        return int(settings.MAX_UPLOAD_BYTES)
    if not _UPLOAD.fullmatch(path):
        return None
    if content_type == "application/json":
        return _ESCAPED * MAX_INLINE_BYTES + FORM_BYTES
    return MAX_INLINE_BYTES + (FORM_BYTES if content_type == "multipart/form-data" else 0)


DIALECT = Dialect(prefixes=(PREFIX,), say_error=failure, body_limit=body_limit)
