from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from datasets.models import Dataset
from project.accounts.types import Author
from records.actions import add_records, replace_meta, replace_text, set_status, trash_records
from records.diffs import MAX_TOKENS, Piece, Side, word_diff
from records.history import history_of
from records.models import Record
from records.types import RecordDraft
from tests.factories.records import conversation

TEXTS = st.text(st.sampled_from("ab \n.é漢"), max_size=40)


def test_the_history_of_a_record_has_old_and_new_values_newest_first(
    dataset: Dataset, author: Author
) -> None:
    [record] = add_records(dataset, [RecordDraft(payload=conversation("Hi", "Hello"))], author=author)
    replace_text(record, "Good day", author=author)
    replace_meta(record, {"lang": "en"}, author=author)
    set_status(dataset, [record.id], "approved", author=author)
    entries = history_of(Record.objects.get(pk=record.pk))
    assert [
        (entry.revision.number, [(change.name, change.old, change.new) for change in entry.changes])
        for entry in entries
    ] == [
        (4, [("status", "new", "approved")]),
        (3, [("meta", "{}", '{\n "lang": "en"\n}')]),
        (2, [("content", "user: Hi\nassistant: Hello", "Good day")]),
        (1, []),
    ]
    assert entries[-1].is_creation


def test_going_to_the_trash_is_in_the_history(dataset: Dataset, author: Author) -> None:
    [record] = add_records(dataset, [RecordDraft(text="a")], author=author)
    trash_records(dataset, [record.id], author=author)
    [trashed, _] = history_of(Record.objects.get(pk=record.pk))
    assert [(change.name, change.old) for change in trashed.changes] == [("trashed_at", "")]


def test_a_diff_is_by_words() -> None:
    assert word_diff("one two three", "one 2 three") == (
        Piece(Side.SAME, "one "),
        Piece(Side.OLD, "two"),
        Piece(Side.NEW, "2"),
        Piece(Side.SAME, " three"),
    )


def test_equal_texts_have_one_piece() -> None:
    assert word_diff("same", "same") == (Piece(Side.SAME, "same"),)
    assert word_diff("", "") == ()


def test_very_long_texts_are_compared_at_both_ends_alone() -> None:
    old, new = "a. " + "x\n" * (MAX_TOKENS + 1) + " z", "a. " + "y\n" * (MAX_TOKENS + 1) + " z"
    assert [piece.side for piece in word_diff(old, new)] == [Side.SAME, Side.OLD, Side.NEW, Side.SAME]


@given(old=TEXTS, new=TEXTS)
def test_both_texts_can_be_read_off_a_diff(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.side is not Side.NEW) == old
    assert "".join(piece.text for piece in pieces if piece.side is not Side.OLD) == new
    assert all(piece.text for piece in pieces)
