"""Edits of a conversation: payload in, payload out. What an edit does not name stays as it is, value for value.

Turns are counted from 1, as the pages count them. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from project.lib import jsontext
from project.lib.texts import storable
from records.errors import EditInvalidError

Payload = dict[str, Any]
Message = dict[str, Any]

ROLES = ("system", "user", "assistant", "tool")
_JOINED = "role", "content"


class TurnEdit(Protocol):
    def applied_to(self, payload: Payload) -> Payload:
        """The edited conversation; the given one stays as it was. Raises EditInvalidError."""


@dataclass(frozen=True, slots=True)
class RewriteTurn:
    """Another role and other texts: one for each that `texts_of` gives."""

    number: int
    role: str
    texts: tuple[str, ...]

    def applied_to(self, payload: Payload) -> Payload:
        messages = messages_of(payload)
        message = _turn(messages, self.number)
        return _with(
            payload, messages, self.number, [_with_role(_with_texts(message, self.texts), self.role)]
        )


@dataclass(frozen=True, slots=True)
class InsertTurn:
    """Behind the turn `after`; 0 is the front."""

    after: int
    role: str
    text: str

    def applied_to(self, payload: Payload) -> Payload:
        messages = messages_of(payload)
        if not self.role.strip():
            raise EditInvalidError("Give the turn a role, such as user or assistant.")
        place = min(max(self.after, 0), len(messages))
        made = {"role": self.role.strip(), "content": as_lines(self.text)}
        return {**payload, "messages": [*messages[:place], made, *messages[place:]]}


@dataclass(frozen=True, slots=True)
class DeleteTurn:
    number: int

    def applied_to(self, payload: Payload) -> Payload:
        messages = messages_of(payload)
        _turn(messages, self.number)
        return _with(payload, messages, self.number, [])


@dataclass(frozen=True, slots=True)
class MoveTurn:
    """By so many places: -1 is up."""

    number: int
    step: int

    def applied_to(self, payload: Payload) -> Payload:
        messages = messages_of(payload)
        message = _turn(messages, self.number)
        place = self.number - 1 + self.step
        if not 0 <= place < len(messages):
            raise EditInvalidError(f"Turn {self.number} is at the {'start' if place < 0 else 'end'} already.")
        messages.pop(self.number - 1)
        messages.insert(place, message)
        return {**payload, "messages": messages}


@dataclass(frozen=True, slots=True)
class SplitTurn:
    """At a place in one of its texts. What is not content stays with the first half."""

    number: int
    text: int
    """Which of its texts, from 0."""
    at: int
    """In characters."""

    def applied_to(self, payload: Payload) -> Payload:
        messages = messages_of(payload)
        message = _turn(messages, self.number)
        first, second = _halves(message.get("content"), self.text, self.at)
        rest = {"content": second} if "role" not in message else {"role": message["role"], "content": second}
        return _with(payload, messages, self.number, [{**message, "content": first}, rest])


@dataclass(frozen=True, slots=True)
class MergeTurn:
    """With the next one, whose role is dropped; its other keys come along."""

    number: int

    def applied_to(self, payload: Payload) -> Payload:
        messages = messages_of(payload)
        message = _turn(messages, self.number)
        if self.number == len(messages):
            raise EditInvalidError(f"Turn {self.number} is the last; there is none to merge it with.")
        following = messages.pop(self.number)
        merged = _merged_keys(message, following)
        if "content" in message or "content" in following:
            merged["content"] = _merged_content(message.get("content"), following.get("content"))
        return _with(payload, messages, self.number, [merged])


@dataclass(frozen=True, slots=True)
class InOrder:
    """Several edits as one."""

    edits: tuple[TurnEdit, ...]

    def applied_to(self, payload: Payload) -> Payload:
        for edit in self.edits:
            payload = edit.applied_to(payload)
        return payload


def messages_of(payload: Payload) -> list[Message]:
    """A list of one's own; empty for a payload that was never checked."""
    messages = payload.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        return []
    return list(messages)


def texts_of(message: Message) -> tuple[str, ...]:
    """What a person can edit of a turn, as a text field holds it: its content, or those of its parts that are text."""
    return tuple(as_lines(text) for _, text in _slots(message.get("content")))


def has_other_parts(message: Message) -> bool:
    """Whether there is content that cannot be edited as text, and stays as it is."""
    content = message.get("content")
    if isinstance(content, list):
        return len(_slots(content)) < len(content)
    return content is not None and not isinstance(content, str)


def as_lines(text: str) -> str:
    """As a text field of a browser gives a text back: lines end alike, and nothing is in it that it cannot hold."""
    return storable(text.replace("\r\n", "\n").replace("\r", "\n"))


def kept_text(old: str, sent: str) -> str:
    """What was sent; or the old text, if that is what it was, and else with line ends as the old one has them."""
    fresh = as_lines(sent)
    if fresh == as_lines(old):
        return old
    is_crlf = "\r\n" in old and "\n" not in old.replace("\r\n", "")
    return fresh.replace("\n", "\r\n") if is_crlf else fresh


def mark_of(message: Any) -> str:
    """By which a turn is known again when others came before it."""
    raw = jsontext.serialise(message).encode(errors="surrogatepass")
    return hashlib.blake2b(raw, digest_size=8).hexdigest()


def place_of(payload: Payload, number: int, mark: str) -> int | None:
    """Where the turn stands now that was number `number` and had this mark: there, or elsewhere if it is the only one
    like it; for one that was rewritten, where it stood. None when there are not that many turns."""
    marks = [mark_of(message) for message in messages_of(payload)]
    if 0 < number <= len(marks) and marks[number - 1] == mark:
        return number
    if marks.count(mark) == 1:
        return marks.index(mark) + 1
    return number if 0 < number <= len(marks) else None


def next_role(payload: Payload, after: int) -> str:
    """Whose turn it most likely is."""
    said = [message.get("role") for message in messages_of(payload)[:after]]
    return "assistant" if said and said[-1] in {"user", "tool", "human"} else "user"


def _turn(messages: Sequence[Message], number: int) -> Message:
    if not 0 < number <= len(messages):
        raise EditInvalidError(f"There is no turn {number}; this conversation has {len(messages)}.")
    return messages[number - 1]


def _with(payload: Payload, messages: list[Message], number: int, turns: list[Message]) -> Payload:
    """With `turns` in place of turn `number`."""
    return {**payload, "messages": [*messages[: number - 1], *turns, *messages[number:]]}


def _slots(content: Any) -> list[tuple[int, str]]:
    """The texts of a content with their places among its parts."""
    if content is None or isinstance(content, str):
        return [(0, content or "")]
    if not isinstance(content, list):
        return []
    texts = ((place, _part_text(part)) for place, part in enumerate(content))
    return [(place, text) for place, text in texts if text is not None]


def _part_text(part: Any) -> str | None:
    text = part.get("text") if isinstance(part, dict) else part
    return text if isinstance(text, str) else None


def _with_texts(message: Message, sent: Sequence[str]) -> Message:
    content = message.get("content")
    slots = _slots(content)
    if len(slots) != len(sent):
        raise EditInvalidError(
            "The parts of this turn are others now; load the page again and repeat the edit."
        )
    fresh = {place: kept_text(old, text) for (place, old), text in zip(slots, sent, strict=True)}
    if isinstance(content, list):
        parts = [
            _with_text(part, fresh[place]) if place in fresh else part for place, part in enumerate(content)
        ]
        return {**message, "content": parts}
    if not fresh or (content is None and not fresh[0]):
        return message
    return {**message, "content": fresh[0]}


def _with_text(part: Any, text: str) -> Any:
    return {**part, "text": text} if isinstance(part, dict) else text


def _with_role(message: Message, role: str) -> Message:
    old = message.get("role")
    shown = as_lines(old) if isinstance(old, str) else ""
    return message if role.strip() == shown.strip() else {**message, "role": role.strip()}


def _halves(content: Any, text: int, at: int) -> tuple[Any, Any]:
    slots = _slots(content)
    if not 0 <= text < len(slots):
        raise EditInvalidError("Put the cursor into a text of this turn, then split it.")
    place, whole = slots[text]
    lines = as_lines(whole)
    first, second = lines[:at].rstrip(), lines[at:].lstrip()
    is_list = isinstance(content, list)
    has_more = is_list and len(content) > 1
    if not has_more and not (first and second):
        raise EditInvalidError("Put the cursor between two words, then split: both halves need some text.")
    if not is_list:
        return first, second
    before = [_with_text(content[place], first)] if first else []
    after = [_with_text(content[place], second)] if second else []
    return [*content[:place], *before], [*after, *content[place + 1 :]]


def _merged_keys(message: Message, following: Message) -> Message:
    merged = dict(message)
    for key, value in following.items():
        if key in _JOINED or value is None:
            continue
        own = message.get(key)
        if own is None or own == value:
            merged[key] = value
        elif isinstance(own, list) and isinstance(value, list):
            merged[key] = [*own, *value]
        else:
            raise EditInvalidError(f"Both turns have “{key}”, with other values, so they cannot be one turn.")
    return merged


def _merged_content(one: Any, other: Any) -> Any:
    if one in (None, "") or other in (None, ""):
        return other if one in (None, "") else one
    if isinstance(one, str) and isinstance(other, str):
        return f"{one}\n\n{other}"
    return [*_as_parts(one), *_as_parts(other)]


def _as_parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    raise EditInvalidError("The content of one of these turns is neither text nor parts, so they stay apart.")
