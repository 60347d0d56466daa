from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from datasets.models import Door, Revision
from datasets.timeline import TOGETHER, Line, fold
from project.lib.ids import new_id

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALICE, BOB = new_id(), new_id()


def _edit(number: int, seconds: int, **others: Any) -> Revision:
    values = {"kind": "update", "door": Door.PAGE, "user_id": ALICE, "changed": 1} | others
    return Revision(number=number, created_at=NOW + timedelta(seconds=seconds), **values)


def _numbers(lines: list[Line]) -> list[list[int | None]]:
    return [[revision.number for revision in line.revisions] for line in lines]


def test_quick_edits_in_a_row_are_one_line() -> None:
    lines = fold([_edit(3, 40), _edit(2, 20), _edit(1, 0)])
    assert _numbers(lines) == [[3, 2, 1]]
    assert (lines[0].newest.number, lines[0].oldest.number) == (3, 1)


def test_what_is_no_quick_edit_stands_alone_and_parts_the_rest() -> None:
    others: list[dict[str, Any]] = [
        {"kind": "undo"},
        {"changed": 2},
        {"door": Door.MISTRAL},
        {"user_id": BOB},
        {"details": {"session": 1}},
    ]
    for other in others:
        assert _numbers(fold([_edit(3, 40), _edit(2, 20, **other), _edit(1, 0)])) == [[3], [2], [1]]


def test_a_pause_parts_the_edits() -> None:
    pause = int(TOGETHER.total_seconds())
    assert _numbers(fold([_edit(2, pause), _edit(1, 0)])) == [[2, 1]]
    assert _numbers(fold([_edit(2, pause + 1), _edit(1, 0)])) == [[2], [1]]


@given(
    st.lists(st.tuples(st.integers(0, 900), st.sampled_from([ALICE, BOB]), st.integers(0, 2)), max_size=30)
)
def test_folding_loses_and_reorders_no_revision(steps: list[tuple[int, Any, int]]) -> None:
    seconds = 0
    revisions: list[Revision] = []
    for number, (pause, user, changed) in enumerate(steps, start=1):
        seconds += pause
        revisions.insert(0, _edit(number, seconds, user_id=user, changed=changed))
    lines = fold(revisions)
    assert [revision for line in lines for revision in line.revisions] == revisions
    for line in lines:
        if line.is_folded:
            assert {(one.user_id, one.changed) for one in line.revisions} == {(line.newest.user_id, 1)}
