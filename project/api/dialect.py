from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse

FORM_BYTES = 64 * 1024  # What a multipart form adds to the file in it.


def _the_usual(path: str, content_type: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the site around a dialect must know of it: where it lives, and how it says errors made outside it.

    `prefixes` end with a slash; of two dialects the one with the longer prefix of a path has it. `say_error` takes a
    status and a sentence. `body_limit` takes a path without a slash at the end and a content type, and answers in
    bytes, or None for what any request may have.
    """

    prefixes: tuple[str, ...]
    say_error: Callable[[int, str], HttpResponse]
    body_limit: Callable[[str, str], int | None] = _the_usual
