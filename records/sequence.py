"""What is odd about the order of turns, in words. It is told and never stands in the way. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from records.turns import Message, Payload, has_other_parts, messages_of, texts_of

_SPEAKERS = {"human": "user", "gpt": "assistant", "model": "assistant", "developer": "system"}
_SPEAKING = {"user", "assistant"}


class SequenceNotes(NamedTuple):
    """About the whole conversation, and by the number of the turn."""

    whole: str
    turns: dict[int, str]


@dataclass(slots=True)
class _Before:
    """What was said before a turn."""

    last: str = ""
    speakers: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)

    def add(self, message: Message) -> None:
        self.last = _speaker(message)
        self.speakers.add(self.last)
        calls = message.get("tool_calls")
        ids = (call.get("id") for call in calls if isinstance(call, dict)) if isinstance(calls, list) else ()
        self.calls.update(call_id for call_id in ids if isinstance(call_id, str))


def sequence_notes(payload: Payload) -> SequenceNotes:
    before, notes = _Before(), {}
    for number, message in enumerate(messages_of(payload), start=1):
        said = _odd_role(message, before) or _odd_answer(message, before) or _emptiness(message)
        if said:
            notes[number] = said
        before.add(message)
    is_answered = not before.speakers or "assistant" in before.speakers
    return SequenceNotes("" if is_answered else "No turn of an assistant.", notes)


def _speaker(message: Message) -> str:
    role = message.get("role")
    word = role.lower() if isinstance(role, str) else ""
    return _SPEAKERS.get(word, word)


def _odd_role(message: Message, before: _Before) -> str:
    speaker = _speaker(message)
    if not speaker:
        return "This turn has no role."
    if speaker == "system" and before.speakers - {"system"}:
        return "Instructions come after the conversation has begun."
    if speaker == "assistant" and not before.speakers - {"system"}:
        return "The assistant speaks first."
    if speaker == before.last and speaker in _SPEAKING:
        return f"Two turns of the {speaker} in a row."
    return ""


def _odd_answer(message: Message, before: _Before) -> str:
    call_id = message.get("tool_call_id")
    if not isinstance(call_id, str) or call_id in before.calls:
        return ""
    return "It answers a tool call that no earlier turn makes."


def _emptiness(message: Message) -> str:
    """Of a turn that calls tools, or has other keys, the text may be missing."""
    others = (
        value for key, value in message.items() if key not in {"role", "content", "name", "tool_call_id"}
    )
    is_said = has_other_parts(message) or any(text.strip() for text in texts_of(message))
    return "" if is_said or any(others) else "This turn is empty."
