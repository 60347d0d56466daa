from __future__ import annotations

import pytest

from datasets.models import Dataset
from datasets.snapshots import create_snapshot
from project.accounts.types import Author
from records.actions import (
    add_records,
    erase_records,
    replace_payload,
    replace_text,
    restore_records,
    set_status,
    trash_records,
)
from records.comparing import Counts, Difference, compare, count_erased
from records.exporting import export_jsonl
from records.models import Record
from records.types import RecordDraft
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
    comparison = compare(dataset, 1, dataset.revision_number)
    assert comparison.counts() == Counts(added=1, removed=1, changed=2)
    assert comparison.ids(Difference.ADDED) == [new.id]
    assert comparison.ids(Difference.REMOVED) == [four[2].id]
    assert comparison.ids(Difference.CHANGED) == [four[0].id, four[1].id]
    assert comparison.ids(Difference.CHANGED, after=four[0].id, limit=1) == [four[1].id]


def test_the_other_way_round_added_is_removed(dataset: Dataset, four: list[Record], author: Author) -> None:
    add_records(dataset, [RecordDraft(text="new")], author=author)
    assert compare(dataset, 2, 1).counts() == Counts(added=0, removed=1, changed=0)
    assert len(compare(dataset, 2, 1).ids(Difference.REMOVED)) == 1


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
    assert compare(dataset, 1, dataset.revision_number).counts() == Counts(0, 0, 0)


def test_revisions_in_between_are_compared_as_they_were(
    dataset: Dataset, four: list[Record], author: Author
) -> None:
    replace_payload(four[0], conversation("a", "b"), author=author)
    replace_text(four[0], "text 0", author=author)
    assert compare(dataset, 1, 2).counts() == Counts(0, 0, 1)
    assert compare(dataset, 2, 3).counts() == Counts(0, 0, 1)
    assert compare(dataset, 1, 3).counts() == Counts(0, 0, 0)


def test_a_snapshot_says_how_many_of_its_records_were_erased(
    dataset: Dataset, four: list[Record], author: Author
) -> None:
    snapshot = create_snapshot(dataset, name="v1", author=author)
    trash_records(dataset, [four[0].id], author=author)
    assert count_erased(snapshot) == 0
    erase_records(dataset.workspace, [four[1].id, four[2].id], author=author)
    assert count_erased(snapshot) == 2
    assert len(b"".join(export_jsonl(dataset, number=1)).splitlines()) == 2
