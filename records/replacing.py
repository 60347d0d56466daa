"""Find and replace in texts and in turns. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import regex

from project.lib.texts import storable
from records.errors import ChangeInvalidError

MAX_PATTERN = 1_000
SECONDS_A_RECORD = 2.0
SECONDS_A_BATCH = 20.0
_TOO_SLOW = (
    "The pattern takes too long on some texts; make it simpler, for instance without nested repetition."
)

Substitute = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is put where. A pattern is a regular expression, whose groups `\\1` or `\\g<name>` may be put back; with
    a role only the turns of that role are looked at, and no text."""

    find: str
    put: str = ""
    role: str = ""
    is_pattern: bool = False

    def check(self) -> None:
        """Raises ChangeInvalidError with one sentence."""
        if not self.find or len(self.find) > MAX_PATTERN or len(self.put) > MAX_PATTERN:
            raise ChangeInvalidError(f"Say what to find, in at most {MAX_PATTERN:,} characters.")
        if storable(self.find + self.put) != self.find + self.put:
            raise ChangeInvalidError(
                "Find and replace take no NUL character and no half of a surrogate pair."
            )
        self.substitute(deadline=time.monotonic() + SECONDS_A_RECORD)("")

    def substitute(self, *, deadline: float) -> Substitute:
        """What replaces within one text. It raises ChangeInvalidError when time is up; `deadline` is on the monotonic
        clock."""
        if not self.is_pattern:
            return lambda text: text.replace(self.find, self.put)
        try:
            pattern = regex.compile(self.find)
            pattern.sub(self.put, "")
        except (regex.error, IndexError, RecursionError) as error:
            raise ChangeInvalidError(f"This is no regular expression: {error}.") from None
        return partial(_substitute, pattern, self.put, deadline)


def _substitute(pattern: regex.Pattern[str], put: str, deadline: float, text: str) -> str:
    left = min(SECONDS_A_RECORD, deadline - time.monotonic())
    if left <= 0:
        raise ChangeInvalidError(_TOO_SLOW)
    try:
        replaced: str = pattern.sub(put, text, timeout=left)
    except TimeoutError:
        raise ChangeInvalidError(_TOO_SLOW) from None
    except (regex.error, IndexError) as error:
        raise ChangeInvalidError(f"This cannot be put in its place: {error}.") from None
    return replaced


def replaced_payload(payload: dict[str, Any], role: str, substitute: Substitute) -> dict[str, Any]:
    """The conversation with the readable text of its turns replaced; all else is as it was, and the given one too."""
    messages = payload.get("messages")
    if not isinstance(messages, list):
        return payload
    return {**payload, "messages": [_replaced_message(message, role, substitute) for message in messages]}


def _replaced_message(message: Any, role: str, substitute: Substitute) -> Any:
    if not isinstance(message, dict) or (role and message.get("role") != role):
        return message
    body = message.get("content")
    if isinstance(body, str):
        return {**message, "content": substitute(body)}
    if isinstance(body, list):
        return {**message, "content": [_replaced_part(part, substitute) for part in body]}
    return message


def _replaced_part(part: Any, substitute: Substitute) -> Any:
    if isinstance(part, str):
        return substitute(part)
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return {**part, "text": substitute(part["text"])}
    return part
