from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.lib.fieldtypes import JsonText
from records.conversations import continued, draft_of_log, draft_of_thread
from threads.ids import log_ids
from threads.models import Log

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


SYSTEM = {"role": "system", "content": "Be brief."}
A, B, C = user("a"), user("b"), user("c")
X, Y, Z = assistant("x"), assistant("y"), assistant("z")
CALL = assistant(None, tool_calls=[{"id": "1", "function": {"name": "f", "arguments": "{}"}}])
RESULT = {"role": "tool", "tool_call_id": "1", "content": "42"}


def conversation(*calls: tuple[list[Any], list[Any]]) -> list[Any]:
    messages: list[Any] = []
    for request, response in calls:
        messages = continued(messages, request, response)
    return messages


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param([([A], [X])], [A, X], id="one call"),
        pytest.param([([A], [X]), ([B], [Y])], [A, X, B, Y], id="only what is new"),
        pytest.param([([A], [X]), ([A], [X])], [A, X, A, X], id="the same question twice"),
        pytest.param([([A], [X]), ([A, X, B], [Y])], [A, X, B, Y], id="all that was said"),
        pytest.param(
            [([A], [X]), ([A, X, B], [Y]), ([X, B, Y, C], [Z])], [A, X, B, Y, C, Z], id="the end of it"
        ),
        pytest.param(
            [([SYSTEM, A], [X]), ([SYSTEM, A, X, B], [Y])], [SYSTEM, A, X, B, Y], id="instructions once"
        ),
        pytest.param(
            [([SYSTEM, A], [X]), ([SYSTEM, B], [Y])], [SYSTEM, A, X, B, Y], id="instructions and what is new"
        ),
        pytest.param([([A], [X]), ([SYSTEM, B], [Y])], [SYSTEM, A, X, B, Y], id="instructions later"),
        pytest.param(
            [([A], [X]), ([A, X, B], [Y]), ([A, X, B], [Z])], [A, X, B, Z], id="an answer made again"
        ),
        pytest.param([([A], [X]), ([A, X, B], [Y]), ([A, X, C], [Z])], [A, X, C, Z], id="a question changed"),
        pytest.param([([A], [X]), ([B, Y, C], [Z])], [A, X, B, Y, C, Z], id="nothing in common"),
        pytest.param([([A], [CALL]), ([RESULT], [X])], [A, CALL, RESULT, X], id="a tool's result alone"),
        pytest.param([([A], [CALL]), ([A, CALL, RESULT], [X])], [A, CALL, RESULT, X], id="a tool's result"),
        pytest.param(
            [([A], [assistant("x", refusal=None)]), ([A, X, B], [Y])],
            [A, assistant("x", refusal=None), B, Y],
            id="an answer with keys that are not sent back",
        ),
        pytest.param(
            [([A], [X]), ([user([{"type": "text", "text": "a"}]), X, B], [Y])],
            [A, X, B, Y],
            id="text as a part",
        ),
        pytest.param([([A], []), ([B], [Y])], [A, B, Y], id="a call without an answer"),
        pytest.param([([], [X])], [X], id="an answer alone"),
    ],
)
def test_calls_become_one_conversation(calls: list[Any], expected: list[Any]) -> None:
    assert conversation(*calls) == expected


texts = st.sampled_from(["yes", "no", "hello", ""])
turns = st.lists(st.tuples(texts, texts), min_size=1, max_size=8)
heads = st.sampled_from([[], [SYSTEM]])


@given(turns, heads)
def test_calls_that_send_only_what_is_new_give_every_turn_in_order(
    said: list[tuple[str, str]], head: list[Any]
) -> None:
    calls = [([*head, user(question)], [assistant(answer)]) for question, answer in said]
    expected = [*head, *(one for question, answer in said for one in (user(question), assistant(answer)))]
    assert conversation(*calls) == expected


@given(turns, heads)
def test_calls_that_send_all_that_was_said_give_every_turn_in_order(
    said: list[tuple[str, str]], head: list[Any]
) -> None:
    expected, calls = list(head), []
    for question, answer in said:
        expected.append(user(question))
        calls.append((list(expected), [assistant(answer)]))
        expected.append(assistant(answer))
    assert conversation(*calls) == expected


def log_of(sent: Any, answer: Any, **values: Any) -> Log:
    [log_id] = log_ids([NOON], arrived=NOON)
    return Log(id=log_id, input=JsonText.of(sent), output=JsonText.of(answer), **{"meta": {}, **values})


def test_a_log_is_what_went_in_and_what_came_out() -> None:
    log = log_of([SYSTEM, A], X, meta={"plan": "pro"}, unique_id="call-1")
    draft = draft_of_log(log, meta={"Tone": "kind"})
    assert draft.payload == {"messages": [SYSTEM, A, X]}
    assert draft.meta == {"plan": "pro", "Tone": "kind"}
    assert (draft.source, draft.origin, draft.log_ids) == ("call-1", "EXPLORER", (log.id,))


def test_a_thread_names_all_of_its_logs_and_has_their_meta_the_later_values_last() -> None:
    logs = [log_of("a", "x", meta={"n": 1, "m": 1}), log_of("b", "y", meta={"n": 2})]
    draft = draft_of_thread("thread-1", iter(logs))
    assert draft.payload == {"messages": [A, X, B, Y]}
    assert draft.meta == {"n": 2, "m": 1}
    assert (draft.source, draft.origin) == ("thread-1", "PLAYGROUND")
    assert draft.log_ids == (logs[0].id, logs[1].id)
