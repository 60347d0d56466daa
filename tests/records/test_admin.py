from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Door, Revision
from project.accounts.models import AuditEntry
from project.accounts.types import Author
from records.actions import add_records, replace_payload, set_status
from records.models import Record, RecordChange, RecordWords
from records.types import RecordDraft
from tests.factories.records import conversation

LIST = "/admin/records/record/"


def page_of(record: Record) -> str:
    return reverse("admin:records_record_change", args=[record.pk])


def run(client: Client, action: str, records: Sequence[Record], **more: str) -> Any:
    chosen = {"action": action, "_selected_action": [str(record.pk) for record in records], **more}
    return client.post(LIST, chosen, follow=True)


def test_the_list_reads_no_content(
    admin_client: Client, records: Sequence[Record], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5) as queries:
        response = admin_client.get(LIST)
    assert "Question" in response.content.decode()
    assert not any(
        f'"records_record"."{name}"' in query["sql"] for name in ("payload", "meta") for query in queries
    )


def test_a_record_is_shown_and_cannot_be_edited(
    admin_client: Client, records: Sequence[Record], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(7):  # One of them asks for a content type and is kept.
        page = admin_client.get(page_of(records[0])).content.decode()
    assert "&quot;role&quot;: &quot;user&quot;" in page
    assert 'name="_save"' not in page
    assert admin_client.post(page_of(records[0]), {"status": "approved"}).status_code == 403


def test_a_long_record_is_shown_by_its_beginning(
    admin_client: Client, dataset: Dataset, author: Author
) -> None:
    [record] = add_records(dataset, [RecordDraft(payload=conversation("word " * 100_000))], author=author)
    response = admin_client.get(page_of(record))
    assert "and more, which is left out here" in response.content.decode()
    assert len(response.content) < 200_000


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "half a pair \ud83d", "nul \x00 here", "ünïcode"]
)
def test_any_text_can_be_shown_and_none_of_it_is_markup(
    admin_client: Client, dataset: Dataset, author: Author, text: str
) -> None:
    [record] = add_records(dataset, [RecordDraft(payload=conversation(text))], author=author)
    response = admin_client.get(page_of(record))
    assert response.status_code == 200
    assert "<script>alert(1)" not in response.content.decode()


@pytest.mark.parametrize(
    ("action", "status"), [("approve", "approved"), ("reject", "rejected"), ("flag", "flagged")]
)
def test_a_status_is_set_as_a_revision_that_can_be_undone(
    admin_client: Client, dataset: Dataset, records: Sequence[Record], action: str, status: str
) -> None:
    response = run(admin_client, action, records[:2])
    assert f"2 of 2 changed to {status}" in response.content.decode()
    assert Record.objects.filter(curation__status=status).count() == 2
    revision = Revision.objects.get(dataset=dataset, number=2)
    assert (revision.door, revision.changed) == (Door.ADMIN, 2)
    assert RecordChange.objects.filter(revision=revision, status="new").count() == 2


def test_a_status_is_set_in_several_datasets_at_once(
    admin_client: Client, records: Sequence[Record], stranger_dataset: Dataset, author: Author
) -> None:
    others = add_records(stranger_dataset, [RecordDraft(text="soup")], author=author)
    run(admin_client, "approve", [*records, *others])
    assert Record.objects.filter(curation__status="approved").count() == 4


def test_erasing_asks_first(admin_client: Client, records: Sequence[Record]) -> None:
    response = run(admin_client, "erase", records[:2])
    assert "Erase 2 records for good?" in response.content.decode()
    assert Record.objects.count() == 3


def test_erasing_takes_content_words_and_old_values(
    admin_client: Client, dataset: Dataset, records: Sequence[Record], author: Author
) -> None:
    replace_payload(records[0], conversation("other"), author=author)
    response = run(admin_client, "erase", records[:1], confirmed="yes")
    assert "Erased 1 for good" in response.content.decode()
    assert not Record.objects.filter(pk=records[0].pk).exists()
    assert not RecordWords.objects.filter(pk=records[0].pk).exists()
    assert not RecordChange.objects.filter(record_id=records[0].pk).exists()
    dataset.refresh_from_db()
    assert dataset.record_count == 2
    assert AuditEntry.objects.get(action="record.erase").details == {"records": 1}


def test_what_was_erased_meanwhile_is_said_and_nothing_is_done(
    admin_client: Client, records: Sequence[Record]
) -> None:
    Record.objects.filter(pk=records[0].pk).update(trashed_at="2026-01-01T00:00Z")
    response = run(admin_client, "erase", records, confirmed="yes")
    assert "nothing was deleted" in response.content.decode()
    assert Record.objects.count() == 3


def test_too_many_at_once_are_refused(
    admin_client: Client, records: Sequence[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.admin.ACTION_CAP", 2)
    response = run(admin_client, "approve", records, select_across="1")
    assert "Choose at most 2 records" in response.content.decode()
    assert not Record.objects.filter(curation__status="approved").exists()


def test_a_dataset_narrows_the_list_and_offers_the_statuses(
    admin_client: Client,
    dataset: Dataset,
    records: Sequence[Record],
    stranger_dataset: Dataset,
    author: Author,
) -> None:
    [other] = add_records(stranger_dataset, [RecordDraft(text="soup")], author=author)
    set_status(dataset, [records[0].pk], "flagged", author=author)
    filters = {"dataset__id__exact": str(dataset.pk), "status": "flagged"}
    page = admin_client.get(LIST, filters).content.decode()
    assert page_of(records[0]) in page
    assert page_of(records[1]) not in page
    assert page_of(other) not in page
    assert "1 record\n" in page


def test_a_status_alone_narrows_nothing_since_no_index_answers_it(
    admin_client: Client, records: Sequence[Record]
) -> None:
    assert page_of(records[0]) in admin_client.get(LIST, {"status": "flagged"}).content.decode()


def test_old_values_are_found_from_their_record(
    admin_client: Client, records: Sequence[Record], author: Author
) -> None:
    replace_payload(records[0], conversation("other"), author=author)
    replace_payload(records[1], conversation("another"), author=author)
    page = admin_client.get(
        "/admin/records/recordchange/", {"record_id": str(records[0].pk)}
    ).content.decode()
    assert str(records[0].pk) in page
    assert str(records[1].pk) not in page
    change = RecordChange.objects.get(record_id=records[0].pk)
    detail = admin_client.get(reverse("admin:records_recordchange_change", args=[change.pk])).content.decode()
    assert "Payload before" in detail
    assert "Question" in detail


def test_a_dataset_is_exported_as_a_stream_of_lines(
    admin_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    chosen = {"action": "export", "_selected_action": [str(dataset.pk)]}
    response = admin_client.post("/admin/datasets/dataset/", chosen)
    assert response["Content-Disposition"] == 'attachment; filename="support.jsonl"'
    assert b"".join(response.streaming_content).count(b"\n") == 3  # type: ignore[attr-defined]


def test_two_datasets_are_not_exported_into_one_file(
    admin_client: Client, dataset: Dataset, stranger_dataset: Dataset
) -> None:
    chosen = {"action": "export", "_selected_action": [str(dataset.pk), str(stranger_dataset.pk)]}
    response = admin_client.post("/admin/datasets/dataset/", chosen, follow=True)
    assert "Choose one dataset" in response.content.decode()
