"""Edits by hand: one revision each, never over what somebody else wrote meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from datasets.models import Dataset, Revision
from project.accounts.types import Author
from project.lib.filters import Condition, Operator
from records.actions import (
    add_records,
    edit_details,
    edit_tags,
    edit_text,
    edit_turns,
    erase_records,
    set_status,
    trash_records,
    undo_revision,
)
from records.changes import AddTags, RemoveTags
from records.errors import (
    ChangeInvalidError,
    EditInvalidError,
    NothingToChangeError,
    RecordChangedError,
    RecordInvalidError,
    RecordNotFoundError,
)
from records.metatable import MetaField, fields_of
from records.models import Record
from records.turns import DeleteTurn, RewriteTurn
from records.types import RecordDraft
from records.versions import content_version, details_version
from tests.factories.records import conversation

RAW = {**conversation("apples?", "pears!"), "model": "m", "big": 2**70}
PLUMS = RewriteTurn(2, "assistant", ("plums!",))


@pytest.fixture
def talk(dataset: Dataset, author: Author) -> Record:
    draft = RecordDraft(payload=RAW, meta={"a": 1, "b": "x"}, source="web", tags=("one",))
    [record] = add_records(dataset, [draft], author=author)
    return record


@pytest.fixture
def text(dataset: Dataset, author: Author) -> Record:
    [record] = add_records(dataset, [RecordDraft(text="apples\r\npears")], author=author)
    return record


def _now(record: Record) -> Record:
    return Record.objects.get(pk=record.pk)


def _payload(record: Record) -> Any:
    return _now(record).as_payload


def _found(dataset: Dataset, word: str) -> bool:
    return (
        Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, word), dataset).exists()
    )


def _erase(dataset: Dataset, record_ids: Sequence[UUID], *, author: Author) -> None:
    erase_records(dataset.workspace, record_ids, author=author)


def test_an_edited_turn_is_one_revision_that_words_follow_and_that_can_be_undone(
    talk: Record, author: Author
) -> None:
    revision = edit_turns(talk, PLUMS, version=content_version(talk), author=author)
    assert _payload(talk) == {**RAW, **conversation("apples?", "plums!")}
    assert (revision.number, revision.kind, revision.changed) == (2, "update", 1)
    assert _found(talk.dataset, "plums")
    assert not _found(talk.dataset, "pears")
    undo_revision(revision, author=author, record_ids=[talk.pk])
    assert _payload(talk) == RAW
    assert _found(talk.dataset, "pears")


def test_who_edits_what_another_has_changed_is_refused_and_nothing_is_lost(
    talk: Record, author: Author
) -> None:
    seen = content_version(talk)
    edit_turns(talk, PLUMS, version=seen, author=author)
    with pytest.raises(RecordChangedError):
        edit_turns(talk, DeleteTurn(1), version=seen, author=author)
    assert _payload(talk)["messages"][1]["content"] == "plums!"
    assert Revision.objects.count() == 2
    edit_turns(talk, DeleteTurn(1), version=content_version(_now(talk)), author=author)


def test_a_change_of_status_or_tags_is_no_clash(talk: Record, author: Author) -> None:
    seen = content_version(talk)
    set_status(talk.dataset, [talk.pk], "flagged", author=author)
    edit_tags(talk, AddTags(("two",)), author=author)
    edit_turns(talk, PLUMS, version=seen, author=author)
    assert (_now(talk).status, _now(talk).tags) == ("flagged", ["one", "two"])


def test_a_text_is_edited_with_its_line_ends_kept(text: Record, author: Author) -> None:
    edit_text(text, "apples\nplums", version=content_version(text), author=author)
    assert (_now(text).text, _now(text).form) == ("apples\r\nplums", "text")
    assert _found(text.dataset, "plums")
    with pytest.raises(RecordChangedError):
        edit_text(text, "figs", version=content_version(text), author=author)


def test_details_are_edited_together_as_one_revision(talk: Record, author: Author) -> None:
    [a, b] = fields_of(talk.meta)
    sent = [a._replace(value="2"), b._replace(key=""), MetaField("", "c", "boolean", "true")]
    seen = details_version(talk)
    edit_details(talk, sent, source="desk", version=seen, author=author)
    assert (_now(talk).meta, _now(talk).source) == ({"a": 2, "c": True}, "desk")
    assert Revision.objects.count() == 2
    with pytest.raises(RecordChangedError):
        edit_details(talk, sent, source="desk", version=seen, author=author)


@pytest.mark.parametrize(
    ("field", "source", "error"),
    [
        (MetaField("", "c", "number", "many"), "web", EditInvalidError),
        (MetaField("", "k" * 256, "text", ""), "web", ChangeInvalidError),
        (MetaField("", "c", "json", '"\\u0000"'), "web", RecordInvalidError),
        (MetaField("", "c", "text", ""), "w" * 1025, RecordInvalidError),
    ],
)
def test_details_that_cannot_be_kept_are_refused_whole(
    talk: Record, author: Author, field: MetaField, source: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        edit_details(talk, [field], source=source, version=details_version(talk), author=author)
    assert (_now(talk).meta, _now(talk).source) == (talk.meta, "web")


def test_tags_are_added_and_removed_whatever_others_did(talk: Record, author: Author) -> None:
    edit_tags(talk, AddTags(("two", "one")), author=author)
    edit_tags(talk, RemoveTags(("one",)), author=author)
    assert _now(talk).tags == ["two"]
    with pytest.raises(ChangeInvalidError, match="A tag has"):
        edit_tags(talk, AddTags((" two",)), author=author)


@pytest.mark.parametrize(
    "edit",
    [
        lambda record, author: edit_turns(
            record, RewriteTurn(1, "user", ("apples?",)), version=content_version(record), author=author
        ),
        lambda record, author: edit_details(
            record, fields_of(record.meta), source="web", version=details_version(record), author=author
        ),
        lambda record, author: edit_tags(record, AddTags(("one",)), author=author),
    ],
)
def test_an_edit_that_changes_nothing_makes_no_revision(
    talk: Record, author: Author, edit: Callable[[Record, Author], Revision]
) -> None:
    with pytest.raises(NothingToChangeError):
        edit(talk, author)
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("remove", [trash_records, _erase])
def test_a_record_that_has_gone_meanwhile_is_not_edited(
    talk: Record, author: Author, remove: Callable[..., Any]
) -> None:
    remove(talk.dataset, [talk.pk], author=author)
    with pytest.raises(RecordNotFoundError, match="deleted meanwhile"):
        edit_turns(talk, PLUMS, version=content_version(talk), author=author)
