"""The dialects that this site speaks, as the middleware around them must know them."""

from project.api.chatbotkit.site import DIALECT as CHATBOTKIT
from project.api.dialect import Dialect
from project.api.mistral.site import DIALECT as MISTRAL

DIALECTS = (MISTRAL, CHATBOTKIT)


def dialect_of(path: str) -> Dialect | None:
    """The dialect under whose prefix the path lies."""
    return next((dialect for dialect in DIALECTS if path.startswith(dialect.prefix)), None)
