"""JSON in and out without loss: whole numbers of any size, lone surrogates and NUL escapes survive.

orjson is the fast path; what it would round or refuse goes through the standard library.
"""

import json
import math
from typing import Any

import orjson

from project.lib.errors import InvalidError

MAX_DEPTH = 500
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_LONG_RUN = b"0" * 19


class JsonTextError(InvalidError):
    """Not JSON that can be kept."""


def has_long_number(raw: bytes) -> bool:
    """Whether a run of 19 or more digits occurs, which orjson could read as a rounded float."""
    return _LONG_RUN in raw.translate(_DIGITS_TO_ZERO)


def parse(raw: bytes) -> Any:
    """The value of one JSON text. Raises JsonTextError with a sentence that names the cause."""
    if not has_long_number(raw):
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            pass  # The exact reader below either reads it or says better what is wrong.
    return parse_exact(raw)


def parse_exact(raw: bytes) -> Any:
    """As `parse`, by the standard library: slower, and nothing is rounded."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise JsonTextError(f"invalid UTF-8 at byte {error.start + 1}") from None
    try:
        return json.loads(text, parse_float=_parse_float, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        cause = error.msg.removesuffix(" starting at")
        raise JsonTextError(f"not valid JSON: {cause} at character {error.pos + 1}") from None
    except RecursionError:
        raise JsonTextError(f"nested more than {MAX_DEPTH} levels deep") from None
    except ValueError as error:
        if isinstance(error, JsonTextError):
            raise
        raise JsonTextError("a number has more than 4,300 digits") from None


def serialise(value: Any) -> str:
    """One line of compact JSON text for `value`. Raises JsonTextError for what JSON cannot say."""
    try:
        return orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, UnicodeEncodeError):
        pass  # A whole number beyond 64 bits or a lone surrogate: the standard library writes both.
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (ValueError, TypeError) as error:
        raise JsonTextError(f"cannot be written as JSON: {error}") from None
    except RecursionError:
        raise JsonTextError(f"nested more than {MAX_DEPTH} levels deep") from None


def _parse_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonTextError(f"the number {text[:40]} is out of range")
    return number


def _refuse_constant(name: str) -> Any:
    raise JsonTextError(f"{name} is not JSON")
