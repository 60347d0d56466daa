from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from project.lib.stackroom import FRAME_SLOTS, with_room


def test_what_is_called_stands_behind_a_frame_with_room_and_answers_as_before() -> None:
    frames: list[int] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        frames.append(sys._getframe(1).f_code.co_stacksize)
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    said: list[str] = []
    answer = with_room(application)({"PATH_INFO": "/app/"}, lambda status, headers: said.append(status))
    assert (list(answer), said, frames) == ([b"/app/"], ["200 OK"], [FRAME_SLOTS])
