"""Edits of turns: what is asked for changes, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from project.lib import jsontext
from records.errors import EditInvalidError
from records.turns import (
    DeleteTurn,
    InOrder,
    InsertTurn,
    MergeTurn,
    MoveTurn,
    RewriteTurn,
    SplitTurn,
    kept_text,
    mark_of,
    messages_of,
    next_role,
    place_of,
    texts_of,
)

texts = st.text(alphabet="ab \r\n\x00\ud800é", max_size=8)
json_values: st.SearchStrategy[Any] = (
    st.sampled_from([None, True, 1, 2**70, 0.5, "x\r\ny", "\x00", [1, {"a": None}], {"b": []}, {}]) | texts
)
parts = st.one_of(
    texts,
    st.fixed_dictionaries({"type": st.just("text"), "text": texts}, optional={"x": json_values}),
    st.fixed_dictionaries({"type": st.just("image_url"), "image_url": json_values}),
)
messages = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["system", "user", "assistant", "tool", "critic"]),
        "content": st.none() | texts | st.lists(parts, max_size=3) | json_values,
        "tool_calls": json_values,
        "weight": json_values,
    },
)
payloads = st.fixed_dictionaries(
    {"messages": st.lists(messages, min_size=1, max_size=5)},
    optional={"model": json_values, "x": json_values},
)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def talk(*turns: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"messages": list(turns), **others}


def user(content: Any, **others: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **others}


def assistant(content: Any, **others: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **others}


def role_of(message: dict[str, Any]) -> str:
    return str(message.get("role", ""))


@unhurried
@given(payloads, st.data())
def test_sending_a_turn_back_as_it_was_shown_changes_nothing(
    payload: dict[str, Any], data: st.DataObject
) -> None:
    number = data.draw(st.integers(1, len(payload["messages"])))
    message = payload["messages"][number - 1]
    sent = tuple(text.replace("\n", "\r\n") for text in texts_of(message))  # As browsers send it.
    edited = RewriteTurn(number, role_of(message), sent).applied_to(payload)
    assert jsontext.serialise(edited) == jsontext.serialise(payload)


@unhurried
@given(payloads, st.data(), st.text(min_size=1))
def test_other_turns_and_unknown_keys_survive_an_edit(
    payload: dict[str, Any], data: st.DataObject, fresh: str
) -> None:
    before = jsontext.serialise(payload)
    number = data.draw(st.integers(1, len(payload["messages"])))
    message = payload["messages"][number - 1]
    edited = RewriteTurn(number, "judge", tuple(fresh for _ in texts_of(message))).applied_to(payload)
    assert jsontext.serialise(payload) == before
    assert {**edited, "messages": 0} == {**payload, "messages": 0}
    others = [place for place in range(len(payload["messages"])) if place != number - 1]
    assert [edited["messages"][at] for at in others] == [payload["messages"][at] for at in others]
    rewritten = edited["messages"][number - 1]
    assert rewritten["role"] == "judge"
    assert {**rewritten, "role": 0, "content": 0} == {**message, "role": 0, "content": 0}
    if isinstance(message.get("content"), list):
        kept = [part for part in message["content"] if isinstance(part, dict) and "image_url" in part]
        assert [
            part for part in rewritten["content"] if isinstance(part, dict) and "image_url" in part
        ] == kept


@unhurried
@given(payloads, st.data())
def test_what_is_inserted_and_deleted_or_moved_there_and_back_leaves_the_rest(
    payload: dict[str, Any], data: st.DataObject
) -> None:
    total = len(payload["messages"])
    after = data.draw(st.integers(0, total))
    inserted = InsertTurn(after, "user", "new").applied_to(payload)
    assert inserted["messages"][after] == user("new")
    assert DeleteTurn(after + 1).applied_to(inserted) == payload
    assume(total > 1)
    number = data.draw(st.integers(1, total - 1))
    moved = MoveTurn(number, 1).applied_to(payload)
    assert moved["messages"][number] == payload["messages"][number - 1]
    assert MoveTurn(number + 1, -1).applied_to(moved) == payload


halves_of_text = st.text(alphabet="ab \n", max_size=8).map(lambda text: f"x{text}")


@given(halves_of_text, halves_of_text, json_values)
def test_both_halves_of_a_split_turn_have_all_its_words(one: str, other: str, extra: Any) -> None:
    text, at = one + other, len(one)
    turn = assistant(text, weight=extra)
    halves = SplitTurn(1, 0, at).applied_to(talk(turn))["messages"]
    assert [half["role"] for half in halves] == ["assistant", "assistant"]
    assert [half["content"] for half in halves] == [one.rstrip(), other]
    assert halves[0]["weight"] == extra
    [merged] = MergeTurn(1).applied_to(talk(*halves))["messages"]
    assert merged["content"].split() == [*one.split(), *other.split()]


def test_the_text_parts_of_a_turn_are_edited_one_by_one() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    turn = user([{"type": "text", "text": "one", "x": 1}, image, "two"])
    assert texts_of(turn) == ("one", "two")
    edited = RewriteTurn(1, "user", ("ONE", "two")).applied_to(talk(turn))
    assert edited["messages"] == [user([{"type": "text", "text": "ONE", "x": 1}, image, "two"])]


def test_a_turn_without_a_text_gets_one_only_when_something_was_written() -> None:
    call = assistant(None, tool_calls=[{"id": "1"}])
    assert RewriteTurn(1, "assistant", ("",)).applied_to(talk(call)) == talk(call)
    edited = RewriteTurn(1, "assistant", ("Wait.",)).applied_to(talk(call))
    assert edited == talk(assistant("Wait.", tool_calls=[{"id": "1"}]))


def test_splitting_a_turn_of_parts_divides_the_parts() -> None:
    image, sound = {"type": "image_url", "image_url": "a"}, {"type": "audio", "audio": "b"}
    turn = user([image, "one two", sound])
    halves = SplitTurn(1, 0, 3).applied_to(talk(turn))["messages"]
    assert halves == [user([image, "one"]), user(["two", sound])]


def test_edits_in_order_are_one() -> None:
    edit = InOrder((RewriteTurn(1, "user", ("one two",)), SplitTurn(1, 0, 3), MoveTurn(2, -1)))
    assert edit.applied_to(talk(user("x"))) == talk(user("two"), user("one"))


def test_merging_joins_texts_parts_and_keys() -> None:
    image = {"type": "image_url", "image_url": "a"}
    merged = MergeTurn(1).applied_to(talk(user("one", name="Ann"), user(["two", image], weight=2), x=1))
    assert merged == talk(user([{"type": "text", "text": "one"}, "two", image], name="Ann", weight=2), x=1)
    calls = MergeTurn(1).applied_to(talk(assistant(None, tool_calls=[1]), assistant("a", tool_calls=[2])))
    assert calls == talk(assistant("a", tool_calls=[1, 2]))


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (RewriteTurn(3, "user", ("",)), "There is no turn 3; this conversation has 2."),
        (RewriteTurn(1, "user", ("a", "b")), "The parts of this turn are others now"),
        (InsertTurn(0, " ", "a"), "Give the turn a role"),
        (DeleteTurn(0), "There is no turn 0"),
        (MoveTurn(1, -1), "Turn 1 is at the start already."),
        (MoveTurn(2, 1), "Turn 2 is at the end already."),
        (SplitTurn(1, 0, 0), "Put the cursor between two words"),
        (SplitTurn(1, 1, 2), "Put the cursor into a text"),
        (MergeTurn(2), "Turn 2 is the last"),
        (MergeTurn(1), "Both turns have “name”"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(edit: Any, sentence: str) -> None:
    with pytest.raises(EditInvalidError, match=sentence):
        edit.applied_to(talk(user("one", name="Ann"), assistant("two", name="Bot")))


def test_turns_with_content_that_is_neither_text_nor_parts_stay_apart() -> None:
    with pytest.raises(EditInvalidError, match="neither text nor parts"):
        MergeTurn(1).applied_to(talk(user("one"), user({"a": 1})))


@pytest.mark.parametrize(
    ("old", "sent", "kept"),
    [
        ("a\nb", "a\r\nb", "a\nb"),
        ("a\r\nb", "a\r\nb", "a\r\nb"),
        ("a\r\nb", "a\r\nc", "a\r\nc"),
        ("a\nb\r\nc", "a\r\nb\r\nd", "a\nb\nd"),
        ("a\x00b", "a\ufffdb", "a\x00b"),
    ],
)
def test_line_ends_and_what_no_field_can_hold_stay(old: str, sent: str, kept: str) -> None:
    assert kept_text(old, sent) == kept


def test_a_turn_is_known_again_after_others_came_before_it() -> None:
    one, two = user("one"), assistant("two")
    mark = mark_of(two)
    assert place_of(talk(one, two), 2, mark) == 2
    assert place_of(talk(user("new"), one, two), 2, mark) == 3
    assert place_of(talk(one, assistant("other")), 2, mark) == 2
    assert place_of(talk(one), 2, mark) is None


def test_the_next_role_follows_from_the_turn_before() -> None:
    payload = talk({"role": "system", "content": "x"}, user("one"), assistant("two"))
    assert [next_role(payload, after) for after in range(4)] == ["user", "user", "assistant", "user"]
    assert messages_of({"messages": "none"}) == []
