"""What the site around this dialect must know of it."""

from project.api.dialect import Dialect
from project.api.mistral.errors import failure
from project.api.mistral.routers.files import MAX_FILE_BYTES

FORM_BYTES = 1 << 20  # What boundaries and the other parts may take beside the file.

_CODES = {
    400: "VALIDATION_ERROR",
    401: "AUTH_UNAUTHORIZED",
    403: "AUTH_FORBIDDEN",
    411: "VALIDATION_ERROR",
    413: "VALIDATION_ERROR",
    503: "DATABASE_UNAVAILABLE",
}

DIALECT = Dialect(
    prefixes=("/v1/",),
    say_error=lambda status, sentence: failure(status, _CODES.get(status, "UNKNOWN_ERROR"), sentence),
    body_limit=lambda path, content_type: MAX_FILE_BYTES + FORM_BYTES if path == "/v1/files" else None,
)
