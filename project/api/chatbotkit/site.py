"""What the site around this dialect must know of it."""

from project.api.chatbotkit.errors import failure
from project.api.dialect import Dialect

DIALECT = Dialect(prefixes=("/api/v1/",), say_error=failure)
