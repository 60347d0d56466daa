"""Combined edits of one record: what is given changes, as one revision, and the old values are kept."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from datasets.models import Dataset, Revision
from project.accounts.types import Author
from project.lib.edits import MetaEdit
from project.lib.filters import Condition, Operator
from records.actions import add_records, replace_source, replace_text, update_record
from records.errors import RecordInvalidError
from records.models import Record, RecordChange
from records.types import RecordDraft
from tests.factories.records import conversation

TALK = conversation("apples?", "pears!")


@pytest.fixture
def talk(dataset: Dataset, author: Author) -> Record:
    [record] = add_records(dataset, [RecordDraft(payload=TALK, meta={"a": 1}, source="web")], author=author)
    return record


def test_several_values_are_one_revision_with_the_old_ones_kept(talk: Record, author: Author) -> None:
    changed = update_record(talk, author=author, text="plums", source="desk", meta={"b": 2})
    assert (changed.form, changed.payload, changed.text) == ("text", None, "plums")
    assert Revision.objects.filter(kind="update").count() == 1
    [change] = RecordChange.objects.all()
    assert change.fields == ["form", "payload", "text", "meta", "source"]
    assert change.payload is not None
    assert (change.payload.value, change.meta, change.source, change.form) == (
        TALK,
        {"a": 1},
        "web",
        "conversation",
    )


def test_meta_and_source_leave_a_conversation_as_it_was(talk: Record, author: Author) -> None:
    assert talk.payload is not None
    raw = talk.payload.raw
    update_record(talk, author=author, source="desk", meta=MetaEdit({"b": 2}))
    kept = Record.objects.get(pk=talk.pk)
    assert kept.payload is not None
    assert (kept.payload.raw, kept.meta, kept.source) == (raw, {"a": 1, "b": 2}, "desk")
    assert RecordChange.objects.get().fields == ["meta", "source"]


def test_a_new_text_is_found_at_once_and_the_old_one_no_more(talk: Record, author: Author) -> None:
    replace_text(talk, "plums", author=author)

    def found(word: str) -> bool:
        return (
            Record.objects.in_dataset(talk.dataset)
            .matching(Condition("q", Operator.SEARCH, word), talk.dataset)
            .exists()
        )

    assert found("plums")
    assert not found("apples")


def test_each_change_is_later_by_a_millisecond_at_least(talk: Record, author: Author) -> None:
    times = [talk.updated_at]
    for number in range(4):
        times.append(replace_source(talk, f"desk {number}", author=author).updated_at)
    assert all(b - a >= timedelta(milliseconds=1) for a, b in itertools.pairwise(times))


def test_nothing_given_makes_no_revision(talk: Record, author: Author) -> None:
    assert update_record(talk, author=author) == talk
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("source", ["x" * 1025, "a\x00"])
def test_a_source_that_cannot_be_kept_is_refused(talk: Record, author: Author, source: str) -> None:
    with pytest.raises(RecordInvalidError, match="source"):
        update_record(talk, author=author, source=source, text="plums")
    assert Record.objects.get(pk=talk.pk).form == "conversation"
