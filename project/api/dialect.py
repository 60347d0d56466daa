from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.http import HttpResponse


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the site around a dialect must know of it: where it lives, and how it says errors made outside it.

    `prefixes` end with a slash; of two dialects the one with the longer prefix of a path has it. `say_error` takes a
    status and a sentence. `body_limits` names the paths, without a slash at the end, that take larger bodies than the
    rest, in bytes.
    """

    prefixes: tuple[str, ...]
    say_error: Callable[[int, str], HttpResponse]
    body_limits: Mapping[str, int] = field(default_factory=dict)
