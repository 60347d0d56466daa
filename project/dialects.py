"""The dialects that this site speaks, as the middleware around them must know them."""

from project.api.chatbotkit.site import DIALECT as CHATBOTKIT
from project.api.dialect import Dialect
from project.api.keywordsai.site import DIALECT as KEYWORDSAI
from project.api.mistral.site import DIALECT as MISTRAL

DIALECTS = (MISTRAL, CHATBOTKIT, KEYWORDSAI)
_BY_PREFIX = sorted(
    ((prefix, dialect) for dialect in DIALECTS for prefix in dialect.prefixes),
    key=lambda pair: -len(pair[0]),
)


def dialect_of(path: str) -> Dialect | None:
    """The dialect under whose prefix the path lies."""
    return next((dialect for prefix, dialect in _BY_PREFIX if f"{path}/".startswith(prefix)), None)
