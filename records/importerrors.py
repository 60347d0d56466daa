from __future__ import annotations

import re
from typing import Any

MAX_CAUSES = 20
MAX_LINES = 1_000
OTHER = "other causes"
_PLACE_IN_LINE = re.compile(r" at (character|byte) \d+")


class ErrorGroups:
    """Bad lines by cause: `{"cause", "count", "lines": first line numbers, "sample": start of the first line}`."""

    def __init__(self, groups: list[dict[str, Any]]) -> None:
        self._groups = {group["cause"]: group for group in groups}

    def add(self, cause: str, line: int, sample: bytes) -> None:
        cause = _PLACE_IN_LINE.sub("", cause)[:300]
        if cause not in self._groups and len(self._groups) >= MAX_CAUSES:
            cause = OTHER
        group = self._groups.setdefault(
            cause, {"cause": cause, "count": 0, "lines": [], "sample": readable(sample)}
        )
        group["count"] += 1
        if len(group["lines"]) < MAX_LINES:
            group["lines"].append(line)

    def as_json(self) -> list[dict[str, Any]]:
        """Most frequent first."""
        return sorted(self._groups.values(), key=lambda group: -group["count"])


def readable(sample: bytes) -> str:
    """The bytes as text that can be stored and shown, whatever they are."""
    text = sample.decode(errors="replace")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
