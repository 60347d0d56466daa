"""How tests ask for pages and read them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

HTMX = {"HX-Request": "true"}
FRAME = 3  # Queries of every page: session, user, memberships.
LIMITED = 4  # Those that set and take back a time limit around others.


def url_of(name: str, /, *args: object, **query: object) -> str:
    path = reverse(name, args=args)
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def html_of(response: Any) -> str:
    """Spaces and lines between its words are one space."""
    return re.sub(r"\s+", " ", response.content.decode())


def text_of(response: Any) -> str:
    """What stands between its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", response.content.decode()))
