from __future__ import annotations

from typing import Any

import pytest

from project.lib.errors import InvalidError
from records.content import content_of
from records.shapes import any_draft, strict_draft

USER, ASSISTANT = {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}


@pytest.mark.parametrize(
    ("line", "payload", "meta"),
    [
        ({"messages": [USER], "model": "m"}, {"messages": [USER], "model": "m"}, {}),
        ({"messages": [USER], "properties": {"a": 1}}, {"messages": [USER]}, {"a": 1}),
        ({"messages": [USER], "properties": None}, {"messages": [USER]}, {}),
        ({"payload": {"messages": [USER]}, "properties": {"a": 1}}, {"messages": [USER]}, {"a": 1}),
        (
            {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "id": 7},
            {"messages": [USER, ASSISTANT]},
            {"id": 7},
        ),
        ({"instruction": "q", "input": "", "output": "a"}, {"messages": [USER, ASSISTANT]}, {}),
        ({"prompt": "q", "completion": "a", "x": 1}, {"messages": [USER, ASSISTANT]}, {"x": 1}),
        ({"question": "q", "answer": "a"}, {"messages": [USER, ASSISTANT]}, {}),
    ],
)
def test_known_shapes_become_conversations(line: dict[str, Any], payload: Any, meta: Any) -> None:
    draft = any_draft(line)
    assert (draft.payload, draft.meta) == (payload, meta)


def test_an_alpaca_input_follows_its_instruction() -> None:
    draft = any_draft({"instruction": "Translate", "input": "Hund", "output": "dog"})
    assert draft.payload is not None
    assert draft.payload["messages"][0]["content"] == "Translate\n\nHund"


def test_a_text_line_becomes_a_text() -> None:
    draft = any_draft({"text": "t", "lang": "de"})
    assert (draft.payload, draft.text, draft.meta) == (None, "t", {"lang": "de"})


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ({"a": 1}, "found the keys a"),
        ({}, "found the keys none"),
        (5, "found a number"),
        (None, "found missing or null"),
        ({"question": "q", "answer": 5}, "answer must be a string, not a number"),
        ({"conversations": "x"}, "conversations must be a list"),
        ({"payload": []}, "payload must be a JSON object, not a list"),
        ({"payload": {"messages": []}, "properties": {}, "tags": "x"}, "tags must be a list"),
        ({"payload": {"messages": []}, "properties": {}, "status": "great"}, "status must be one of"),
        (
            {"payload": {"messages": []}, "properties": {}, "key": "k" * 300},
            "key must be a string of at most 255",
        ),
    ],
)
def test_other_lines_are_refused_by_what_was_expected(line: Any, cause: str) -> None:
    with pytest.raises(InvalidError, match=cause):
        content_of(any_draft(line))


@pytest.mark.parametrize(
    "line", [{"question": "q", "answer": "a"}, {"text": "t"}, {"prompt": "q", "completion": "a"}]
)
def test_strict_reads_conversations_only(line: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match='expected a JSON object with "messages" or "payload"'):
        strict_draft(line)
