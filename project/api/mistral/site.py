"""What the site around this dialect must know of it."""

from project.api.dialect import Dialect
from project.api.mistral.errors import say
from project.api.mistral.routers.files import MAX_FILE_BYTES

FORM_BYTES = 1 << 20  # What boundaries and the other parts may take beside the file.

DIALECT = Dialect(
    prefixes=("/v1/",),
    say_error=say,
    body_limit=lambda path, content_type: MAX_FILE_BYTES + FORM_BYTES if path == "/v1/files" else None,
)
