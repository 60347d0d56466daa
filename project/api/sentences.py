"""Pydantic's error list as one sentence for people, which names each field as the client spelled it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

MAX_NAMED = 3
_NO_OBJECT = {"dict_type", "model_type", "model_attributes_type"}
_SUBJECT = re.compile(r"^(?:Input|String|List|Dictionary|Value|Data|UUID input) (?=should )")


def sentence_of(errors: Sequence[dict[str, Any]]) -> str:
    clauses = [_clause(error) for error in errors[:MAX_NAMED]]
    if len(errors) > MAX_NAMED:
        clauses.append(f"{len(errors) - MAX_NAMED} more")
    return "; ".join(clauses) + "."


def _clause(error: dict[str, Any]) -> str:
    field, message = _field(error["loc"]), str(error["msg"]).rstrip(".")
    if error["type"] == "missing":
        return f"{field} is required"
    if error["type"] in _NO_OBJECT:
        return f"{field} should be a JSON object"
    if _SUBJECT.match(message):
        return _SUBJECT.sub(f"{field} ", message)
    return f"{field}: {message.removeprefix('Value error, ')}"


def _field(loc: Sequence[Any]) -> str:
    """`dataset_record_ids[3]` out of the source, the name of our own argument, and the path in the body."""
    source, *path = loc
    if source == "body":
        path = path[1:]
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return name.lstrip(".") or "the body"
