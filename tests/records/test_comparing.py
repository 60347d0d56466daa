from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset, Revision
from datasets.snapshots import create_snapshot
from project.accounts.types import Author
from project.lib.filters import Group
from records.actions import (
    add_records,
    change_records,
    erase_records,
    replace_meta,
    replace_payload,
    replace_text,
    restore_records,
    set_status,
    trash_records,
    undo_revision,
    update_record,
)
from records.changes import (
    AddTags,
    Change,
    MoveToTrash,
    RemoveTags,
    ReplaceText,
    Restore,
    SetMeta,
    SetSplit,
    SetStatus,
    UnsetMeta,
)
from records.comparing import Comparison, Counts, Difference, count_erased
from records.errors import NothingToChangeError, UndoRefusedError
from records.exporting import export_jsonl
from records.models import Record
from records.pastrecords import Past
from records.selections import Selection
from records.types import RecordDraft
from tests.factories.datasets import DatasetFactory
from tests.factories.records import conversation


@pytest.fixture
def four(dataset: Dataset, author: Author) -> list[Record]:
    """Revision 1."""
    return add_records(dataset, [RecordDraft(text=f"text {n}", tags=("a",)) for n in range(4)], author=author)


def test_each_difference_is_counted_and_named(dataset: Dataset, four: list[Record], author: Author) -> None:
    replace_text(four[0], "other", author=author)
    set_status(dataset, [four[1].id], "flagged", author=author)
    trash_records(dataset, [four[2].id], author=author)
    [new] = add_records(dataset, [RecordDraft(text="new")], author=author)
    dataset.refresh_from_db()
    comparison = Comparison(dataset, 1, dataset.revision_number)
    counts = Counts(added=1, removed=1, changed=2)
    assert comparison.page() == (counts, Difference.ADDED, [new.id])
    assert comparison.page(Difference.REMOVED) == (counts, Difference.REMOVED, [four[2].id])
    assert comparison.page(Difference.CHANGED).ids == [four[0].id, four[1].id]
    assert comparison.page(Difference.CHANGED, limit=1).ids == [four[0].id]
    further = comparison.page(Difference.CHANGED, after=four[0].id, limit=1)
    assert further == (counts, Difference.CHANGED, [four[1].id])


def test_the_other_way_round_added_is_removed(dataset: Dataset, four: list[Record], author: Author) -> None:
    add_records(dataset, [RecordDraft(text="new")], author=author)
    page = Comparison(dataset, 2, 1).page()
    assert (page.counts, page.shown) == (Counts(added=0, removed=1, changed=0), Difference.REMOVED)
    assert len(page.ids) == 1


def test_what_went_there_and_back_is_no_difference(
    dataset: Dataset, four: list[Record], author: Author
) -> None:
    set_status(dataset, [four[0].id], "flagged", author=author)
    set_status(dataset, [four[0].id], "new", author=author)
    trash_records(dataset, [four[1].id], author=author)
    restore_records(dataset, [four[1].id], author=author)
    [brief] = add_records(dataset, [RecordDraft(text="brief")], author=author)
    trash_records(dataset, [brief.id], author=author)
    dataset.refresh_from_db()
    assert Comparison(dataset, 1, dataset.revision_number).page().counts == Counts(0, 0, 0)


def test_revisions_in_between_are_compared_as_they_were(
    dataset: Dataset, four: list[Record], author: Author
) -> None:
    replace_payload(four[0], conversation("a", "b"), author=author)
    replace_text(four[0], "text 0", author=author)
    assert Comparison(dataset, 1, 2).page().counts == Counts(0, 0, 1)
    assert Comparison(dataset, 2, 3).page().counts == Counts(0, 0, 1)
    assert Comparison(dataset, 1, 3).page().counts == Counts(0, 0, 0)


def test_a_snapshot_says_how_many_of_its_records_were_erased(
    dataset: Dataset, four: list[Record], author: Author
) -> None:
    snapshot = create_snapshot(dataset, name="v1", author=author)
    trash_records(dataset, [four[0].id], author=author)
    assert count_erased(snapshot) == 0
    erase_records(dataset.workspace, [four[1].id, four[2].id], author=author)
    assert count_erased(snapshot) == 2
    assert len(b"".join(export_jsonl(dataset, number=1)).splitlines()) == 2


WORDS = st.sampled_from(["a", "b"])
WHICH = st.integers(0, 7)
CHANGES = st.one_of(
    st.builds(SetStatus, st.sampled_from(["new", "flagged", "approved"])),
    st.builds(SetSplit, st.sampled_from(["", "train"])),
    st.builds(AddTags, st.tuples(WORDS)),
    st.builds(RemoveTags, st.tuples(WORDS)),
    st.builds(SetMeta, st.just("lang"), WORDS),
    st.builds(UnsetMeta, st.just("lang")),
    st.builds(ReplaceText, WORDS, WORDS),
    st.just(MoveToTrash()),
    st.just(Restore()),
)
STEPS = st.one_of(
    st.tuples(st.just("bulk"), st.sets(WHICH, min_size=1), CHANGES),
    st.tuples(st.just("undo"), WHICH, st.none() | st.sets(WHICH, min_size=1)),
    st.tuples(st.just("add"), st.none(), WORDS),
    st.tuples(st.just("text"), WHICH, WORDS),
    st.tuples(st.just("meta"), WHICH, WORDS),
    st.tuples(st.just("status"), WHICH, st.sampled_from(["new", "flagged"])),
    st.tuples(st.just("conversation"), WHICH, WORDS),
    st.tuples(st.just("several"), WHICH, WORDS),
    st.tuples(st.just("erase"), WHICH, st.none()),
)


@given(steps=st.lists(STEPS, min_size=2, max_size=6))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_differences_are_those_of_the_records_as_they_were(
    steps: list[tuple[str, Any, Any]], author: Author, dataset: Dataset
) -> None:
    dataset = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner)
    add_records(dataset, [RecordDraft(text=text, tags=("a",)) for text in "aabb"], author=author)
    for step in steps:
        _do(dataset, *step, author=author)
    dataset.refresh_from_db()
    ids = list(Record.objects.of_dataset(dataset).values_list("id", flat=True))
    states = [_state(dataset, number, ids) for number in range(dataset.revision_number + 1)]
    for number, other in permutations(range(len(states)), 2):
        comparison, wanted = Comparison(dataset, number, other), _differences(states[number], states[other])
        assert comparison.page().counts == tuple(len(each) for each in wanted.values()), (number, other)
        for difference in Difference:
            assert list(_paged(comparison, difference)) == wanted[difference], (number, other)


def _do(dataset: Dataset, what: str, which: Any, how: Any, *, author: Author) -> None:
    records = list(Record.objects.of_dataset(dataset).in_order())
    live = [record for record in records if record.trashed_at is None]
    if what == "bulk":
        chosen = tuple({records[one % len(records)].id for one in which if records})
        _change(dataset, chosen, how, author)
    elif what == "undo":
        revisions = Revision.objects.history_of(dataset)
        some = None if how is None else [records[one % len(records)].id for one in how if records]
        _undo(revisions[which % revisions.count()], some, author)
    elif what == "add":
        add_records(dataset, [RecordDraft(text=how)], author=author)
    elif what == "erase" and live:
        erase_records(dataset.workspace, [live[which % len(live)].id], author=author)
    elif live:
        _edit(live[which % len(live)], what, how, author)


def _change(dataset: Dataset, chosen: tuple[UUID, ...], change: Change, author: Author) -> None:
    dataset.refresh_from_db()
    is_of_trash = isinstance(change, Restore)
    selection = Selection(Group(), dataset.revision_number, chosen=chosen, is_of_trash=is_of_trash)
    try:
        change_records(dataset, selection, change, author=author)
    except NothingToChangeError:
        return


def _undo(revision: Revision, chosen: list[UUID] | None, author: Author) -> None:
    try:
        undo_revision(revision, author=author, record_ids=chosen)
    except UndoRefusedError:
        return


def _edit(record: Record, what: str, how: str, author: Author) -> None:
    """Also to what it is already, which is a change that changes nothing."""
    if what == "text":
        replace_text(record, how, author=author)
    elif what == "conversation":
        replace_payload(record, conversation(how, how), author=author)
    elif what == "meta":
        replace_meta(record, {"lang": how}, author=author)
    elif what == "status":
        set_status(record.dataset, [record.id], how, author=author)
    else:
        update_record(record, author=author, text=how, source=how, meta={"lang": how})


def _state(dataset: Dataset, number: int, ids: list[UUID]) -> dict[UUID, tuple[Any, ...]]:
    names = ("form", "text", "meta", "source", "tags", "status", "split", "key")
    return {
        record_id: (record.as_payload, *(getattr(record, name) for name in names))
        for record_id, record in sorted(Past(dataset, number, Group()).records(ids).items())
    }


def _differences(
    before: dict[UUID, tuple[Any, ...]], after: dict[UUID, tuple[Any, ...]]
) -> dict[Difference, list[UUID]]:
    return {
        Difference.ADDED: [one for one in after if one not in before],
        Difference.REMOVED: [one for one in before if one not in after],
        Difference.CHANGED: [one for one in before if one in after and before[one] != after[one]],
    }


def _paged(comparison: Comparison, difference: Difference) -> Iterator[UUID]:
    ids: list[UUID] = []
    while True:
        ids = comparison.page(difference, after=ids[-1] if ids else None, limit=3).ids
        yield from ids
        if len(ids) < 3:
            return
