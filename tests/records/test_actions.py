from __future__ import annotations

from uuid import uuid4

import pytest

from datasets.models import Dataset, Event, Job, Revision
from project.accounts.models import AuditEntry
from project.accounts.types import Author
from project.lib.filters import Condition, Operator
from records.actions import (
    add_records,
    erase_records,
    replace_meta,
    replace_payload,
    set_status,
    start_copy,
)
from records.errors import RecordInvalidError, RecordNotFoundError
from records.models import Record, RecordBlock, RecordChange, RecordWords
from records.types import RecordDraft

pytestmark = pytest.mark.django_db


def conversation(text: str) -> RecordDraft:
    return RecordDraft(payload={"messages": [{"role": "user", "content": text}]})


def search(dataset: Dataset, text: str) -> list[str]:
    found = Record.objects.in_dataset(dataset).matching(Condition("q", Operator.SEARCH, text), dataset)
    return [record.preview for record in found.in_order()]


def test_added_records_are_one_revision_and_found_at_once(dataset: Dataset, author: Author) -> None:
    add_records(dataset, [conversation("apples"), conversation("pears")], author=author)
    dataset.refresh_from_db()
    assert (dataset.record_count, dataset.revision_number) == (2, 1)
    assert search(dataset, "pears") == ["pears"]
    assert Event.objects.get(type="record.create").meta == {"records": 2}


def test_one_bad_draft_adds_none(dataset: Dataset, author: Author) -> None:
    with pytest.raises(RecordInvalidError, match=r"payload\.messages must be a list"):
        add_records(dataset, [conversation("a"), RecordDraft(payload={"messages": 5})], author=author)
    assert not Record.objects.exists()
    assert not Revision.objects.exists()


@pytest.mark.parametrize("value", ["\x00", "a\ud800b"])
def test_meta_that_cannot_be_stored_is_refused(value: str, dataset: Dataset, author: Author) -> None:
    with pytest.raises(RecordInvalidError, match="NUL character or half of a surrogate"):
        add_records(dataset, [RecordDraft(text="a", meta={"deep": [{"key": value}]})], author=author)


def test_an_escaped_backslash_before_u0000_is_no_nul(dataset: Dataset, author: Author) -> None:
    [record] = add_records(dataset, [RecordDraft(text="a", meta={"key": "\\u0000"})], author=author)
    record.refresh_from_db()
    assert record.meta == {"key": "\\u0000"}


def test_nul_and_surrogates_survive_in_payloads_and_are_replaced_in_previews(
    dataset: Dataset, author: Author
) -> None:
    [record] = add_records(dataset, [conversation("a\x00b \ud800")], author=author)
    record = Record.objects.get(pk=record.pk)
    assert record.as_payload["messages"][0]["content"] == "a\x00b \ud800"
    assert record.preview == "a\ufffdb \ufffd"


def test_a_replaced_payload_keeps_the_old_one_and_moves_the_words(dataset: Dataset, author: Author) -> None:
    [record] = add_records(dataset, [conversation("apples")], author=author)
    replace_payload(record, {"messages": [{"role": "user", "content": "pears"}]}, author=author)
    assert (search(dataset, "apples"), search(dataset, "pears")) == ([], ["pears"])
    change = RecordChange.objects.of_record(record).get()
    assert change.fields == ["form", "payload", "text"]
    assert change.payload.value == {"messages": [{"role": "user", "content": "apples"}]}
    assert change.meta is None


def test_a_bulk_status_keeps_the_old_status_only(dataset: Dataset, author: Author) -> None:
    records = add_records(dataset, [conversation("a"), conversation("b")], author=author)
    assert set_status(dataset, [record.id for record in records], "approved", author=author) == 2
    assert set_status(dataset, [record.id for record in records], "approved", author=author) == 0
    kept = RecordChange.objects.values_list("fields", "status", "payload", "meta")
    assert list(kept) == [(["status"], "new", None, None)] * 2
    assert Revision.objects.filter(dataset=dataset).count() == 2


def test_a_status_of_another_datasets_record_is_not_touched(
    dataset: Dataset, stranger_dataset: Dataset, author: Author
) -> None:
    [record] = add_records(stranger_dataset, [conversation("a")], author=author)
    assert set_status(dataset, [record.id], "approved", author=author) == 0


def test_erasing_leaves_nothing_behind(dataset: Dataset, author: Author) -> None:
    [record, other] = add_records(dataset, [conversation("secret"), conversation("b")], author=author)
    replace_meta(record, {"a": 1}, author=author)
    assert erase_records(dataset.workspace, [record.id], author=author) == 1
    dataset.refresh_from_db()
    assert (dataset.record_count, RecordBlock.objects.get(dataset_id=dataset.id).live) == (1, 1)
    assert not RecordChange.objects.filter(record_id=record.id).exists()
    assert list(RecordWords.objects.values_list("record_id", flat=True)) == [other.id]
    assert AuditEntry.objects.get(action="record.erase").details == {"records": 1}


def test_erasing_one_that_is_not_there_erases_none(
    dataset: Dataset, stranger_dataset: Dataset, author: Author
) -> None:
    [mine] = add_records(dataset, [conversation("a")], author=author)
    [foreign] = add_records(stranger_dataset, [conversation("b")], author=author)
    for wanted in ([mine.id, uuid4()], [mine.id, foreign.id]):
        with pytest.raises(RecordNotFoundError, match="nothing was deleted"):
            erase_records(dataset.workspace, wanted, author=author)
    assert Record.objects.count() == 2


def test_copying_a_foreign_record_is_refused_at_once(
    dataset: Dataset, stranger_dataset: Dataset, author: Author
) -> None:
    [foreign] = add_records(stranger_dataset, [conversation("b")], author=author)
    with pytest.raises(RecordNotFoundError, match="nothing was imported"):
        start_copy(dataset, [foreign.id], workspace=dataset.workspace, author=author)
    assert not Job.objects.exists()
    assert not Revision.objects.filter(dataset=dataset).exists()


def test_revision_numbers_are_dense(dataset: Dataset, author: Author) -> None:
    for index in range(3):
        add_records(dataset, [conversation(str(index))], author=author)
    assert list(Revision.objects.order_by("id").values_list("number", flat=True)) == [1, 2, 3]
