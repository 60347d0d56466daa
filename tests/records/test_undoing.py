"""Taking revisions back: everything that a revision did goes back, but what was changed again later stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Event, Revision
from project.accounts.types import Author
from project.lib.filters import Condition, Operator
from records.actions import (
    add_records,
    erase_records,
    replace_meta,
    replace_text,
    set_status,
    undo_revision,
    update_record,
)
from records.changefields import CHANGEABLE, CONTENT
from records.errors import UndoRefusedError
from records.exporting import export_jsonl
from records.models import Record, RecordBlock, RecordEmbedding
from records.types import RecordDraft
from records.undoing import fields_back
from tests.factories.datasets import RevisionFactory
from tests.factories.records import conversation
from tests.records.stored import stored_values

FIELDS = st.sets(st.sampled_from(CHANGEABLE))


@pytest.fixture
def talks(dataset: Dataset, author: Author) -> list[Record]:
    drafts = [RecordDraft(payload=conversation(f"apples {n}?", "pears!"), meta={"n": n}) for n in range(3)]
    return add_records(dataset, drafts, author=author)


def last(dataset: Dataset) -> Revision:
    return Revision.objects.filter(dataset=dataset).latest("number")


def shown(dataset: Dataset) -> list[dict[str, Any]]:
    """All that a reader sees of the live records, but for the time of the last change."""
    return list(stored_values(Record.objects.in_dataset(dataset).in_order()))


def found(dataset: Dataset, word: str) -> int:
    return Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, word), dataset).count()


def counted(dataset: Dataset) -> tuple[int, int]:
    """By the dataset, and by the blocks that its page numbers rest on."""
    dataset.refresh_from_db()
    return dataset.record_count, sum(
        RecordBlock.objects.filter(dataset_id=dataset.id).values_list("live", flat=True)
    )


def test_old_values_go_back_with_all_that_was_computed(
    dataset: Dataset, talks: list[Record], author: Author
) -> None:
    before, vector = shown(dataset), RecordEmbedding.objects.get(record=talks[0]).vector
    update_record(talks[0], author=author, text="plums", source="desk", meta={})
    undone = undo_revision(last(dataset), author=author)
    undone.refresh_from_db()
    assert shown(dataset) == before
    assert (found(dataset, "apples"), found(dataset, "plums")) == (3, 0)
    assert RecordEmbedding.objects.get(record=talks[0]).vector == vector
    assert (undone.kind, undone.changed, undone.details) == ("undo", 1, {"undone": 1, "kept": 0, "erased": 0})


def test_added_records_go_to_the_trash_and_come_back(
    dataset: Dataset, talks: list[Record], author: Author
) -> None:
    before = shown(dataset)
    undone = undo_revision(last(dataset), author=author)
    assert (shown(dataset), counted(dataset), undone.removed) == ([], (0, 0), 3)
    again = undo_revision(undone, author=author)
    assert (shown(dataset), counted(dataset), again.added) == (before, (3, 3), 3)
    assert again.undoes == undone


def test_an_undo_can_be_undone_as_often_as_one_likes(
    dataset: Dataset, talks: list[Record], author: Author
) -> None:
    set_status(dataset, [talks[0].id], "approved", author=author)
    for status in ("new", "approved", "new", "approved"):
        undo_revision(last(dataset), author=author)
        assert Record.objects.get(pk=talks[0].pk).status == status


def test_only_the_chosen_records_go_back(dataset: Dataset, talks: list[Record], author: Author) -> None:
    ids = [talk.id for talk in talks]
    set_status(dataset, ids, "flagged", author=author)
    undone = undo_revision(last(dataset), author=author, record_ids=ids[1:2])
    assert [row["status"] for row in shown(dataset)] == ["flagged", "new", "flagged"]
    assert undone.changed == 1


def test_what_was_changed_later_stays_and_is_counted(
    dataset: Dataset, talks: list[Record], author: Author
) -> None:
    set_status(dataset, [talk.id for talk in talks], "flagged", author=author)
    bulk = last(dataset)
    set_status(dataset, [talks[0].id], "approved", author=author)
    replace_meta(talks[1], {"seen": True}, author=author)
    undone = undo_revision(bulk, author=author)
    assert [(row["status"], row["meta"]) for row in shown(dataset)] == [
        ("approved", {"n": 0}),
        ("new", {"seen": True}),
        ("new", {"n": 2}),
    ]
    assert undone.details == {"undone": 2, "kept": 1, "erased": 0}


def test_a_record_whose_content_was_edited_later_keeps_it_and_gives_back_the_rest(
    dataset: Dataset, talks: list[Record], author: Author
) -> None:
    update_record(talks[0], author=author, text="plums", source="desk")
    edit = last(dataset)
    replace_text(talks[0], "figs", author=author)
    undone = undo_revision(edit, author=author)
    assert [shown(dataset)[0][name] for name in ("text", "source")] == ["figs", ""]
    assert undone.details == {"undone": 1, "kept": 1, "erased": 0}


def test_erased_records_do_not_come_back_and_are_counted(
    dataset: Dataset, talks: list[Record], author: Author
) -> None:
    set_status(dataset, [talk.id for talk in talks], "flagged", author=author)
    bulk = last(dataset)
    erase_records(dataset.workspace, [talks[0].id], author=author)
    with pytest.raises(UndoRefusedError, match="deleted for good"):
        undo_revision(last(dataset), author=author)
    assert undo_revision(bulk, author=author).details == {"undone": 2, "kept": 0, "erased": 1}
    assert counted(dataset) == (2, 2)


def test_a_second_undo_is_refused_and_leaves_nothing(
    dataset: Dataset, talks: list[Record], author: Author
) -> None:
    set_status(dataset, [talks[0].id], "flagged", author=author)
    bulk = last(dataset)
    undo_revision(bulk, author=author)
    with pytest.raises(UndoRefusedError, match="changed again later"):
        undo_revision(bulk, author=author)
    assert not Revision.objects.pending().exists()


def test_a_change_that_has_not_ended_is_not_undone(dataset: Dataset, author: Author) -> None:
    with pytest.raises(UndoRefusedError, match="not ended"):
        undo_revision(RevisionFactory.create(dataset=dataset), author=author)


def test_every_revision_exports_the_same_after_an_undo(
    dataset: Dataset, talks: list[Record], author: Author
) -> None:
    replace_text(talks[0], "plums", author=author)
    dataset.refresh_from_db()
    numbers = range(dataset.revision_number + 1)
    before = [b"".join(export_jsonl(dataset, number=number)) for number in numbers]
    undo_revision(last(dataset), author=author)
    undo_revision(Revision.objects.get(dataset=dataset, number=1), author=author)
    assert [b"".join(export_jsonl(dataset, number=number)) for number in numbers] == before
    assert b"".join(export_jsonl(dataset)) == b""


def test_an_undo_is_in_the_event_log(dataset: Dataset, talks: list[Record], author: Author) -> None:
    undone = undo_revision(last(dataset), author=author)
    event = Event.objects.get(type="revision.undo")
    assert (event.revision_id, event.meta) == (undone.id, {"records": 3})


def test_the_number_of_queries_does_not_grow_with_the_records(
    dataset: Dataset, author: Author, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_records(dataset, [RecordDraft(text=str(n)) for n in range(300)], author=author)
    with django_assert_max_num_queries(25):
        undo_revision(last(dataset), author=author)


@given(changed=FIELDS, later=FIELDS)
def test_a_field_goes_back_unless_it_was_changed_later(changed: set[str], later: set[str]) -> None:
    back = set(fields_back(changed, later))
    assert back <= changed
    assert back.isdisjoint(later)
    assert (changed - back).issubset(later | set(CONTENT))
    if later.isdisjoint(CONTENT):
        assert back & set(CONTENT) == changed & set(CONTENT)
    else:
        assert back.isdisjoint(CONTENT)
