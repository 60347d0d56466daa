"""Bulk changes: exactly what the filter matched at its revision, minus exclusions, as one revision."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Event, Revision
from project.accounts.types import Author
from project.lib.errors import InvalidError
from project.lib.filters import Condition, Group, Operator
from records.actions import (
    add_records,
    change_records,
    erase_records,
    preview_change,
    replace_text,
    set_status,
    undo_revision,
)
from records.changefields import path_of
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
    change_as_json,
    change_from_json,
)
from records.errors import ChangeInvalidError, NothingToChangeError, SelectionOutdatedError
from records.models import Record, RecordChange
from records.selections import Selection
from records.types import RecordDraft
from tests.factories.records import conversation


@pytest.fixture
def fruits(dataset: Dataset, author: Author) -> list[Record]:
    """Three texts in which the middle one is in English, and a conversation."""
    drafts = [
        RecordDraft(text="apples and pears", meta={"lang": "de"}, tags=("a", "b")),
        RecordDraft(text="plums", meta={"lang": "en"}),
        RecordDraft(text="more apples", meta={"lang": "de"}, status="approved"),
        RecordDraft(payload=conversation("apples?", "No apples.")),
    ]
    return add_records(dataset, drafts, author=author)


def where(dataset: Dataset, *conditions: tuple[str, Operator, Any], **further: Any) -> Selection:
    dataset.refresh_from_db()
    group = Group(tuple(Condition(*condition) for condition in conditions))
    return Selection(group, dataset.revision_number, **further)


def values(dataset: Dataset, field: str) -> list[Any]:
    return list(Record.objects.in_dataset(dataset).in_order().values_list(path_of(field), flat=True))


def change(dataset: Dataset, selection: Selection, asked: Change, author: Author) -> Revision:
    revision = change_records(dataset, selection, asked, author=author)
    assert isinstance(revision, Revision)
    return revision


GERMAN = ("meta.lang", Operator.IS, "de")


def test_all_that_match_are_changed_as_one_revision(
    dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    revision = change(dataset, where(dataset, GERMAN), SetStatus("flagged"), author)
    assert values(dataset, "status") == ["flagged", "new", "flagged", "new"]
    assert (revision.kind, revision.changed, revision.note) == ("update", 2, "status flagged")
    assert revision.details == {"filter": "meta.lang is de"}
    assert Event.objects.get(revision_id=revision.id).meta == {"records": 2}


def test_excluded_records_stay(dataset: Dataset, fruits: list[Record], author: Author) -> None:
    selection = where(dataset, exclusions=(fruits[0].id, fruits[3].id))
    change(dataset, selection, SetStatus("rejected"), author)
    assert values(dataset, "status") == ["new", "rejected", "rejected", "new"]


def test_of_chosen_records_only_those_that_match_are_changed(
    dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    selection = where(dataset, GERMAN, chosen=(fruits[0].id, fruits[1].id))
    change(dataset, selection, SetStatus("rejected"), author)
    assert values(dataset, "status") == ["rejected", "new", "approved", "new"]


def test_records_that_came_later_are_not_changed(
    dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    selection = where(dataset)
    add_records(dataset, [RecordDraft(text="late")], author=author)
    change(dataset, selection, SetSplit("train"), author)
    assert values(dataset, "split") == ["train"] * 4 + [""]


def test_what_was_changed_meanwhile_counts_as_it_was_shown(
    dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    selection = where(dataset, ("status", Operator.IS, "new"))
    set_status(dataset, [fruits[0].id], "approved", author=author)
    set_status(dataset, [fruits[2].id], "new", author=author)
    change(dataset, selection, SetSplit("train"), author)
    assert values(dataset, "split") == ["train", "train", "", "train"]


def test_words_count_as_they_were_shown(dataset: Dataset, fruits: list[Record], author: Author) -> None:
    selection = where(dataset, ("q", Operator.SEARCH, "apples"))
    replace_text(fruits[0], "figs", author=author)
    replace_text(fruits[1], "apples at last", author=author)
    replace_text(fruits[3], "figs", author=author)
    change(dataset, selection, SetSplit("train"), author)
    assert values(dataset, "split") == ["train", "", "train", "train"]


def test_what_was_trashed_or_erased_meanwhile_is_not_changed(
    dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    selection = where(dataset)
    change(dataset, where(dataset, chosen=(fruits[0].id,)), MoveToTrash(), author)
    erase_records(dataset.workspace, [fruits[1].id], author=author)
    assert change(dataset, selection, SetSplit("train"), author).changed == 2
    assert Record.objects.get(pk=fruits[0].pk).split == ""


@pytest.mark.parametrize(
    ("asked", "field", "expected"),
    [
        (AddTags(("b", "c", "c")), "tags", [["a", "b", "c"], ["b", "c"], ["b", "c"], ["b", "c"]]),
        (RemoveTags(("a", "z")), "tags", [["b"], [], [], []]),
        (SetMeta("lang", None), "meta", [{"lang": None}] * 4),
        (UnsetMeta("lang"), "meta", [{}] * 4),
        (SetMeta("n%s", {"deep": [1]}), "meta", None),
        (SetSplit("test"), "split", ["test"] * 4),
    ],
)
def test_each_change_does_what_its_words_say_and_is_undone(
    asked: Change,
    field: str,
    expected: list[Any] | None,
    dataset: Dataset,
    fruits: list[Record],
    author: Author,
) -> None:
    before = values(dataset, field)
    revision = change(dataset, where(dataset), asked, author)
    if expected is not None:
        assert values(dataset, field) == expected
    assert change_from_json(change_as_json(asked)) == asked
    undo_revision(revision, author=author)
    assert values(dataset, field) == before


def test_who_is_as_asked_for_is_not_touched(dataset: Dataset, fruits: list[Record], author: Author) -> None:
    revision = change(dataset, where(dataset), SetStatus("approved"), author)
    assert revision.changed == 3
    with pytest.raises(NothingToChangeError, match="all 4 records are already"):
        change(dataset, where(dataset), SetStatus("approved"), author)
    with pytest.raises(NothingToChangeError, match="No records match"):
        change(dataset, where(dataset, ("status", Operator.IS, "flagged")), SetStatus("new"), author)
    assert not Revision.objects.pending().exists()


def test_text_is_replaced_in_texts_and_in_turns_and_found_at_once(
    dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    revision = change(dataset, where(dataset), ReplaceText("apples", "figs"), author)
    assert values(dataset, "preview") == ["figs and pears", "plums", "more figs", "figs? No figs."]
    assert RecordChange.objects.filter(revision=revision).count() == 3
    found = Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, "figs"), dataset)
    assert found.count() == 3


def test_text_is_replaced_in_the_turns_of_one_role_alone(
    dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    change(dataset, where(dataset), ReplaceText("apples", "figs", role="assistant"), author)
    assert values(dataset, "preview") == ["apples and pears", "plums", "more apples", "apples? No figs."]


def test_the_trash_is_a_selection_of_its_own(dataset: Dataset, fruits: list[Record], author: Author) -> None:
    revision = change(dataset, where(dataset, GERMAN), MoveToTrash(), author)
    dataset.refresh_from_db()
    assert (revision.kind, revision.removed, dataset.record_count) == ("trash", 2, 2)
    with pytest.raises(ChangeInvalidError, match="in the trash"):
        change(dataset, where(dataset, is_of_trash=True), SetStatus("new"), author)
    with pytest.raises(ChangeInvalidError, match="Only records in the trash"):
        change(dataset, where(dataset), Restore(), author)
    kept = where(dataset, is_of_trash=True, exclusions=(fruits[0].id,))
    restored = change(dataset, kept, Restore(), author)
    assert (restored.kind, restored.added) == ("restore", 1)
    assert values(dataset, "id") == [fruit.id for fruit in fruits[1:]]


def test_the_preview_shows_what_would_be_written_and_writes_nothing(
    dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    preview = preview_change(dataset, where(dataset, GERMAN), ReplaceText("apples", "figs"))
    assert (preview.matched, preview.filter_words, preview.is_job) == (2, "meta.lang is de", False)
    assert preview.change_words == "“apples” replaced by “figs”"
    assert [(each.name, each.old, each.new) for sample in preview.samples for each in sample.changes] == [
        ("content", "apples and pears", "figs and pears"),
        ("content", "more apples", "more figs"),
    ]
    assert values(dataset, "preview")[0] == "apples and pears"
    assert not Revision.objects.pending().exists()


def test_no_change_but_of_content_reads_content(
    dataset: Dataset,
    fruits: list[Record],
    author: Author,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(25) as queries:
        change(dataset, where(dataset), SetStatus("flagged"), author)
    reads = [query["sql"] for query in queries.captured_queries if query["sql"].startswith("SELECT")]
    assert not any('."payload"' in sql for sql in reads)


INVALID: list[Change] = [
    SetStatus("great"),
    SetSplit("x" * 21),
    AddTags(()),
    AddTags((" a",)),
    RemoveTags(("a\x00",)),
    SetMeta("", 1),
    SetMeta("k", "\x00"),
    UnsetMeta("x" * 256),
    ReplaceText(""),
    ReplaceText("(", is_pattern=True),
    ReplaceText("a", r"\2", is_pattern=True),
    ReplaceText("a", "\ud800"),
]


@pytest.mark.parametrize("asked", INVALID, ids=lambda asked: asked.kind)
def test_what_cannot_be_written_is_refused(
    asked: Change, dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    with pytest.raises(InvalidError):
        change(dataset, where(dataset), asked, author)
    assert not RecordChange.objects.exists()


def test_a_pattern_that_never_ends_is_refused(
    dataset: Dataset, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.replacing.SECONDS_A_RECORD", 0.1)
    add_records(dataset, [RecordDraft(text="a" * 40 + "!")], author=author)
    with pytest.raises(ChangeInvalidError, match="too long"):
        change(dataset, where(dataset), ReplaceText("(a|aa)+$", is_pattern=True), author)


def test_what_was_found_by_its_last_change_is_looked_for_again_after_another(
    dataset: Dataset, fruits: list[Record], author: Author
) -> None:
    recent = where(dataset, ("updated", Operator.BETWEEN, "2020-01-01.."))
    change(dataset, recent, SetStatus("flagged"), author)
    assert values(dataset, "status") == ["flagged"] * 4
    with pytest.raises(SelectionOutdatedError, match="look at what matches now"):
        change_records(dataset, recent, SetStatus("new"), author=author)
