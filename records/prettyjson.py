"""JSON with indents for the eye. Every number stays as it is written."""

from __future__ import annotations

import json
from typing import Any

import orjson

from project.lib import jsontext

PRETTY_CHARACTERS = 4_000_000  # Beyond it a text is left as it is: it takes seconds, and nobody reads so far.


def pretty(raw: str) -> str:
    """Raises JsonTextError for what is not JSON."""
    if len(raw) > PRETTY_CHARACTERS:
        return raw
    jsontext.parse(raw.encode(errors="surrogatepass"))
    try:
        value = json.loads(raw, parse_float=_as_written, parse_int=_as_written)
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except (orjson.JSONEncodeError, UnicodeEncodeError):  # Half of a surrogate pair, or nested very deep.
        return json.dumps(json.loads(raw), indent=2)
    except RecursionError:
        return raw


def _as_written(number: str) -> Any:
    return orjson.Fragment(number)
