from __future__ import annotations

from typing import Any

import pytest

from records.sequence import sequence_notes


def said(*turns: tuple[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


CALLING = {"role": "assistant", "content": None, "tool_calls": [{"id": "c1"}]}


@pytest.mark.parametrize(
    ("payload", "notes"),
    [
        (said(("system", "x"), ("user", "a"), ("assistant", "b")), {}),
        (said(("user", "a"), ("user", "b"), ("assistant", "c")), {2: "Two turns of the user in a row."}),
        (said(("human", "a"), ("gpt", "b"), ("gpt", "c")), {3: "Two turns of the assistant in a row."}),
        (said(("assistant", "a")), {1: "The assistant speaks first."}),
        (
            said(("user", "a"), ("system", "b"), ("assistant", "c")),
            {2: "Instructions come after the conversation has begun."},
        ),
        (said(("user", "a"), ("assistant", " \n")), {2: "This turn is empty."}),
        (said(("user", [{"type": "image_url"}]), ("assistant", "a")), {}),
        (said(("", "a"), ("assistant", "b")), {1: "This turn has no role."}),
        (
            {
                "messages": [
                    {"role": "user", "content": "a"},
                    CALLING,
                    {"role": "tool", "tool_call_id": "c1", "content": "4"},
                ]
            },
            {},
        ),
        (
            {"messages": [CALLING, {"role": "tool", "tool_call_id": "c2", "content": "4"}]},
            {1: "The assistant speaks first.", 2: "It answers a tool call that no earlier turn makes."},
        ),
    ],
)
def test_odd_turns_are_told_in_words(payload: dict[str, Any], notes: dict[int, str]) -> None:
    assert sequence_notes(payload).turns == notes


def test_a_conversation_without_an_answer_says_so() -> None:
    assert sequence_notes(said(("user", "a"))).whole == "No turn of an assistant."
    assert sequence_notes({"messages": []}).whole == ""
