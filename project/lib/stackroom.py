"""Room for the calls of a page on the interpreter's stack.

CPython keeps the frames of Python calls in pieces of 16 KB, and a piece goes back to the system as soon as the calls in
it have ended (`push_chunk` in its Python/pystate.c, from 3.11 on). A loop deep within a template that calls across the
end of a piece asks the system for memory in each round: the same page then takes up to twice as long, by nothing but
how many calls lie above the loop. A frame that needs more than a piece gets one of the next power of two, and what is
left of it holds all calls below."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[..., Iterable[bytes]]
FRAME_SLOTS = 17_000
"""Of 8 bytes each: 136 KB, which leaves 120 KB of a piece of 256 KB."""


def with_room(application: Application) -> Application:
    def called(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return application(environ, start_response)

    called.__code__ = called.__code__.replace(co_stacksize=FRAME_SLOTS)
    return called
