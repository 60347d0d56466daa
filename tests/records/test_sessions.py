"""Many edits by hand as one revision; what does not fit any more stays out and is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset, Event, Revision
from project.accounts.types import Author
from project.lib.filters import Condition, Operator
from records import sessions
from records.actions import (
    add_records,
    edit_turns,
    preview_session,
    replace_text,
    save_session,
    set_status,
    trash_records,
    undo_revision,
)
from records.actions.sessions import AS_IT_IS, GONE
from records.errors import EditInvalidError
from records.metatable import MetaField
from records.models import Record
from records.sessions import DetailsEdit, NewTurn, RecordEdits, TextEdit, TurnsEdit, TurnText
from records.turns import DeleteTurn, RewriteTurn, mark_of, messages_of
from records.types import RecordDraft
from records.versions import content_version, details_version
from tests.factories.datasets import DatasetFactory
from tests.factories.records import conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(dataset: Dataset, author: Author) -> Sequence[Record]:
    """A conversation and a text."""
    drafts = [
        RecordDraft(payload=conversation("hello", "hi")),
        RecordDraft(text="a text", meta={"lang": "de"}),
    ]
    return add_records(dataset, drafts, author=author)


def _turn(record: Record, number: int, text: str, role: str = "user") -> TurnText:
    return TurnText(number, mark_of(messages_of(record.as_payload)[number - 1]), role, (text,))


def _turns(record: Record, *turns: TurnText, added: Sequence[NewTurn] = ()) -> RecordEdits:
    edit = TurnsEdit(content_version(record), turns, tuple(added))
    return RecordEdits(record.id, (edit,), tuple(f"turn {n}" for n in range(len(turns) + len(added))))


def _text(record: Record, text: str) -> RecordEdits:
    return RecordEdits(record.id, (TextEdit(content_version(record), text),), ("text",))


def _details(record: Record, source: str, *table: MetaField) -> RecordEdits:
    return RecordEdits(record.id, (DetailsEdit(details_version(record), table, source),), ("details",))


def _contents(dataset: Dataset) -> list[str]:
    return [record.as_text for record in Record.objects.in_dataset(dataset).in_order()]


def test_edits_of_many_records_are_one_revision_with_its_message(
    dataset: Dataset, pair: Sequence[Record], author: Author
) -> None:
    session = [_turns(pair[0], _turn(pair[0], 1, "good day")), _text(pair[1], "another text")]
    outcome = save_session(dataset, session, message="typos", author=author)
    revision = outcome.revision
    assert revision is not None
    assert (revision.number, revision.changed, revision.note) == (2, 2, "typos")
    assert revision.details == {"session": 2}
    assert outcome.refused == ()
    fresh = Record.objects.get(pk=pair[0].pk)
    assert [message["content"] for message in messages_of(fresh.as_payload)] == ["good day", "hi"]
    found = Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, "another"), dataset)
    assert [record.pk for record in found] == [pair[1].pk]
    assert Event.objects.about(dataset).filter(type="record.update").latest("id").meta == {"records": 2}


def test_a_session_is_undone_like_any_revision(
    dataset: Dataset, pair: Sequence[Record], author: Author
) -> None:
    before = _contents(dataset)
    session = [_turns(pair[0], _turn(pair[0], 1, "good day")), _text(pair[1], "another text")]
    outcome = save_session(dataset, session, message="", author=author)
    assert outcome.revision is not None
    undo_revision(outcome.revision, author=author)
    assert _contents(dataset) == before


def test_turns_are_rewritten_and_added_by_the_numbers_that_were_seen(
    dataset: Dataset, pair: Sequence[Record], author: Author
) -> None:
    record = pair[0]
    added = [NewTurn(0, "system", "be kind"), NewTurn(2, "user", "bye"), NewTurn(1, "tool", "lookup")]
    edits = _turns(record, _turn(record, 2, "HI", "assistant"), added=added)
    save_session(dataset, [edits], message="", author=author)
    fresh = Record.objects.get(pk=record.pk)
    assert [message["content"] for message in messages_of(fresh.as_payload)] == [
        "be kind",
        "hello",
        "lookup",
        "HI",
        "bye",
    ]


def test_content_and_details_of_one_record_are_saved_together(
    dataset: Dataset, pair: Sequence[Record], author: Author
) -> None:
    record = pair[1]
    text = TextEdit(content_version(record), "mended")
    details = DetailsEdit(details_version(record), (MetaField("lang", "lang", "text", "en"),), "hand")
    save_session(dataset, [RecordEdits(record.id, (text, details), ("a", "b"))], message="", author=author)
    fresh = Record.objects.get(pk=record.pk)
    assert (fresh.text, fresh.meta, fresh.source) == ("mended", {"lang": "en"}, "hand")


def test_a_clash_leaves_its_record_out_and_shows_both_texts(
    dataset: Dataset, pair: Sequence[Record], author: Author
) -> None:
    session = [_text(pair[1], "mine"), _turns(pair[0], _turn(pair[0], 1, "good day"))]
    replace_text(pair[1], "theirs", author=author)
    outcome = save_session(dataset, session, message="", author=author)
    assert [edits.record_id for edits in outcome.saved] == [pair[0].id]
    [refused] = outcome.refused
    sides = refused.clashes[0].sides[0]
    assert ["".join(part.text for part in side) for side in sides] == ["mine", "theirs"]
    assert Record.objects.get(pk=pair[1].pk).text == "theirs"


def test_another_turn_that_somebody_changed_is_no_clash(
    dataset: Dataset, pair: Sequence[Record], author: Author
) -> None:
    record = pair[0]
    session = [_turns(record, _turn(record, 2, "HI", "assistant"))]
    edit_turns(record, DeleteTurn(1), version=content_version(record), author=author)
    outcome = save_session(dataset, session, message="", author=author)
    assert outcome.refused == ()
    fresh = Record.objects.get(pk=record.pk)
    assert [message["content"] for message in messages_of(fresh.as_payload)] == ["HI"]


@pytest.mark.parametrize("what", ["turn", "added", "details"])
def test_whatever_was_changed_meanwhile_clashes(
    dataset: Dataset, pair: Sequence[Record], author: Author, what: str
) -> None:
    record = pair[0]
    edits = {
        "turn": _turns(record, _turn(record, 1, "mine")),
        "added": _turns(record, added=[NewTurn(2, "user", "mine")]),
        "details": _details(record, "mine"),
    }[what]
    if what == "details":
        save_session(dataset, [_details(record, "theirs")], message="", author=author)
    else:
        theirs = RewriteTurn(1, "user", ("theirs",))
        edit_turns(record, theirs, version=content_version(record), author=author)
    outcome = save_session(dataset, [edits], message="", author=author)
    assert outcome.revision is None
    assert "mine" in "".join(part.text for part in outcome.refused[0].clashes[0].sides[0].left)
    assert Revision.objects.filter(dataset=dataset).count() == 2  # Not even a pending one is left.


def test_a_decision_of_somebody_else_is_no_clash(
    dataset: Dataset, pair: Sequence[Record], author: Author
) -> None:
    session = [_text(pair[1], "mended")]
    set_status(dataset, [pair[1].id], "approved", author=author)
    assert save_session(dataset, session, message="", author=author).refused == ()
    fresh = Record.objects.get(pk=pair[1].pk)
    assert (fresh.text, fresh.status) == ("mended", "approved")


def test_what_cannot_be_saved_says_why_and_holds_up_nothing(
    dataset: Dataset, pair: Sequence[Record], author: Author
) -> None:
    [third] = add_records(dataset, [RecordDraft(text="third")], author=author)
    bad = MetaField("", "n", "number", "many")
    session = [_details(pair[0], "", bad), _text(pair[1], "a text"), _text(third, "more")]
    gone = _text(add_records(dataset, [RecordDraft(text="gone")], author=author)[0], "x")
    trash_records(dataset, [gone.record_id], author=author)
    outcome = save_session(dataset, [*session, gone], message="", author=author)
    assert [edits.record_id for edits in outcome.saved] == [third.id]
    assert [refused.sentence for refused in outcome.refused] == [
        "The value of “n” is no number; write one such as 12 or 0.5, or choose another kind.",
        AS_IT_IS,
        GONE,
    ]


def test_a_preview_shows_the_diff_and_writes_nothing(
    dataset: Dataset, pair: Sequence[Record], author: Author
) -> None:
    before = _contents(dataset)
    preview = preview_session(dataset, [_text(pair[1], "another text")], author=author)
    [(record, [change])] = preview.changes
    assert (record.pk, change.name, change.old, change.new) == (
        pair[1].pk,
        "content",
        "a text",
        "another text",
    )
    assert _contents(dataset) == before
    assert Revision.objects.filter(dataset=dataset).count() == 1


def test_records_of_another_dataset_are_not_touched(
    dataset: Dataset, pair: Sequence[Record], stranger_dataset: Dataset, author: Author
) -> None:
    outcome = save_session(stranger_dataset, [_text(pair[1], "stolen")], message="", author=author)
    assert outcome.refused[0].sentence == GONE
    assert Record.objects.get(pk=pair[1].pk).text == "a text"


def test_too_many_or_no_edits_are_refused(
    dataset: Dataset, pair: Sequence[Record], author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EditInvalidError, match="nothing to save"):
        save_session(dataset, [], message="", author=author)
    monkeypatch.setattr(sessions, "MAX_EDITS", 1)
    many = [_text(pair[1], "x"), _details(pair[0], "x")]
    with pytest.raises(EditInvalidError, match="At most 1 edits"):
        save_session(dataset, many, message="", author=author)


@given(
    mine=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["x", "y", ""])), max_size=4),
    theirs=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["x", "z"])), max_size=3),
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nobody_loses_a_text(
    mine: list[tuple[int, str]], theirs: list[tuple[int, str]], dataset: Dataset, author: Author
) -> None:
    """What others wrote meanwhile is never overwritten, and each of one's own records is saved or told back."""
    desk = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner)
    records = add_records(desk, [RecordDraft(text=f"text {n}") for n in range(3)], author=author)
    wanted = dict(mine)
    session = [_text(records[which], text) for which, text in wanted.items()]
    for which, text in theirs:
        replace_text(records[which], text, author=author)
    now = _contents(desk)
    if not session:
        return
    outcome = save_session(desk, session, message="", author=author)
    saved = {edits.record_id for edits in outcome.saved}
    told = {refused.edits.record_id for refused in outcome.refused}
    assert saved.isdisjoint(told)
    assert saved | told == {records[which].id for which in wanted}
    touched = {which for which, _ in theirs}
    for which, record in enumerate(records):
        is_mine = record.id in saved
        assert _contents(desk)[which] == (wanted[which] if is_mine else now[which])
        assert not (is_mine and which in touched)
