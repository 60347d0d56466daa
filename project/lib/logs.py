"""Log lines: one per event, each with the id of the request it belongs to, none with what people stored."""

from __future__ import annotations

import logging
import time
import traceback
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType

NO_REQUEST = "-"
MESSAGE_CHARACTERS = 200
FRAMES = 12
_request_id: ContextVar[str] = ContextVar("request_id", default=NO_REQUEST)


def begin_request(request_id: str) -> None:
    """What this thread logs from now on belongs to this request, until the next one begins: Django logs a refusal after
    the last middleware has returned, and a streamed answer is made later still."""
    _request_id.set(request_id)


class OneLineFormatter(logging.Formatter):
    """Time in UTC, level, logger, request id, message. An exception is its cause and its places, on the same line."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"
    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = _request_id.get()
        return super().format(record).replace("\r", "\\r").replace("\n", " | ")

    def formatException(  # noqa: N802  (the name is the standard library's)
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        error, said = ei[1], []
        while error is not None and error not in said:
            said.append(error)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return " caused by ".join(describe_error(one) for one in said)


def describe_error(error: BaseException) -> str:
    """Its class, the first line of its message, and where it came from, the innermost place first.

    Only the first line: PostgreSQL puts the values of the row into the lines that follow.
    """
    message = (str(error).splitlines() or [""])[0][:MESSAGE_CHARACTERS]
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    places = " < ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__}: {message} at {places or 'an unknown place'}"


def _short(filename: str) -> str:
    return "/".join(Path(filename).parts[-2:])
