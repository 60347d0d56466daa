from __future__ import annotations

from typing import Any

import pytest

from datasets.models import Dataset, Revision
from project.accounts.types import Author
from records import actions
from records.models import Record, SyncConflict
from tests.records.syncing.conftest import Sync, Write, assert_counters, by_text, counts, found, texts

pytestmark = pytest.mark.django_db(transaction=True)


def tied(dataset: Dataset) -> list[dict[str, Any]]:
    """All of the live records, but for the time of their last change."""
    rows = Record.objects.in_dataset(dataset).in_order().values()
    return [{name: value for name, value in row.items() if name != "updated_at"} for row in rows]


def undo_last(dataset: Dataset, author: Author) -> Revision:
    revision = Revision.objects.filter(dataset=dataset).latest("number")
    undone = actions.undo_revision(revision, author=author)
    dataset.refresh_from_db()
    return undone


@pytest.fixture
def busy_sync(sync: Sync, write: Write, dataset: Dataset, author: Author) -> list[dict[str, Any]]:
    """A sync that did everything that one can do; what was there before it."""
    write("alpha", "bravo", "charlie", "delta", "echo", "foxtrot")
    sync()
    actions.replace_text(by_text(dataset, "bravo"), "my bravo", author=author)
    actions.replace_text(by_text(dataset, "charlie"), "my charlie", author=author)
    before = tied(dataset)
    write("new", "alpha", "their bravo", "delta two", "foxtrot")
    sync()
    return before


def test_undoing_a_sync_restores_all(
    busy_sync: list[dict[str, Any]], sync: Sync, dataset: Dataset, author: Author
) -> None:
    assert texts(dataset) != [row["text"] for row in busy_sync]
    assert SyncConflict.objects.open_in(dataset).exists()
    undo_last(dataset, author)
    assert tied(dataset) == busy_sync
    assert found(dataset, "delta") == ["delta"]
    assert found(dataset, "two") == []
    assert not SyncConflict.objects.exists()
    assert_counters(dataset)


def test_a_sync_after_its_undoing_does_it_all_again(
    busy_sync: list[dict[str, Any]], sync: Sync, dataset: Dataset, author: Author
) -> None:
    after = texts(dataset)
    undo_last(dataset, author)
    again = sync()
    assert texts(dataset) == after
    assert counts(again)["new"] == 1
    assert SyncConflict.objects.open_in(dataset).exists()
    assert counts(sync()).keys() <= {"unchanged", "edited"}
    assert_counters(dataset)


def test_undoing_the_undoing_of_a_sync_goes_forward_again(
    busy_sync: list[dict[str, Any]], sync: Sync, dataset: Dataset, author: Author
) -> None:
    after = tied(dataset)
    undo_last(dataset, author)
    undo_last(dataset, author)
    assert tied(dataset) == after
    assert counts(sync()).keys() <= {"unchanged", "edited"}
    assert_counters(dataset)


def test_undoing_the_first_sync_empties_the_dataset_until_the_next(
    sync: Sync, dataset: Dataset, author: Author
) -> None:
    sync()
    undo_last(dataset, author)
    assert texts(dataset) == []
    assert counts(sync()) == {"new": 3}
    assert texts(dataset) == ["alpha", "bravo", "charlie"]
    assert_counters(dataset)
