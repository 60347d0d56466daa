"""A record's content as this vendor's `input` and `output`, and back. Pure.

A conversation is the input up to its last answer, and that answer the output. What was sent in another shape stands
beside the messages as it was sent, so that it comes back unchanged, and is dropped when the messages change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from records.types import RecordDraft
from threads.messages import Message, request_messages, response_messages

INPUT, OUTPUT, EXPECTED, LOG = "input", "output", "expected_output", "log"
MESSAGES = "messages"
_ANSWERING = "assistant"
_OWN = (MESSAGES, INPUT, OUTPUT)


def input_of(payload: Mapping[str, Any] | None, text: str) -> Any:
    if payload is None:
        return text
    return payload[INPUT] if INPUT in payload else split(payload)[0]


def output_of(payload: Mapping[str, Any] | None) -> Any:
    """None when nothing answers."""
    if payload is None:
        return None
    if OUTPUT in payload:
        return payload[OUTPUT]
    answers = split(payload)[1]
    return answers[0] if len(answers) == 1 else answers or None


def split(payload: Mapping[str, Any]) -> tuple[list[Message], list[Message]]:
    """The messages up to the last answer, and those of the answer."""
    messages = payload.get(MESSAGES)
    if not isinstance(messages, list):
        return [], []
    end = len(messages)
    while end and messages[end - 1].get("role") == _ANSWERING:
        end -= 1
    return messages[:end], messages[end:]


def draft_of(given: Mapping[str, Any], *, meta: dict[str, Any]) -> RecordDraft:
    """`given` has `input` and `output`, and any other keys of the payload. Text alone becomes a record of text."""
    said, answer = given.get(INPUT), given.get(OUTPUT)
    others = {key: value for key, value in given.items() if key not in _OWN and value is not None}
    if isinstance(said, str) and answer is None and not others:
        return RecordDraft(text=said, meta=meta)
    messages = [*request_messages(said), *response_messages(answer)]
    payload = {MESSAGES: messages, **others}
    if said is not None and split(payload)[0] != said:
        payload[INPUT] = said
    if answer is not None and output_of({MESSAGES: messages}) != answer:
        payload[OUTPUT] = answer
    return RecordDraft(payload=payload, meta=meta)
