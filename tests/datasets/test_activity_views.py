from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.activity_views import PAGE_SIZE
from datasets.event_words import KINDS, sentence_of, tone_of
from datasets.events import log_event
from datasets.models import Dataset, Job, Revision
from project.accounts.models import User
from project.accounts.types import Author
from records.actions import erase_records, set_status
from records.models import Record
from tests.factories.files import FileFactory

HTMX = {"HX-Request": "true"}


def _activity(dataset: Dataset) -> str:
    return reverse("datasets:dataset_activity", args=[dataset.id])


def _log(dataset: Dataset, type_: str, **about: object) -> None:
    log_event(dataset.workspace_id, type_, dataset_id=dataset.id, **about)  # type: ignore[arg-type]


def test_the_log_tells_who_did_what_to_what_in_a_fixed_number_of_queries(
    alice_client: Client,
    dataset: Dataset,
    records: Sequence[Record],
    author: Author,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    set_status(dataset, [records[0].id], "flagged", author=author)
    file = FileFactory.create(workspace=dataset.workspace, name="handbook.pdf")
    _log(dataset, "import.file.completed", file_id=file.id, meta={"message": "4 records imported."})
    with django_assert_num_queries(7):  # session, user, memberships, dataset, events, files, revisions
        page = alice_client.get(_activity(dataset)).content.decode()
    assert "3 records added" in page
    assert "1 record changed" in page
    assert f"?record={records[0].id}" in page
    assert "revision 2" in page
    assert "Import from file done" in page
    assert "handbook.pdf" in page
    assert "4 records imported." in page
    assert page.index("Import from file done") < page.index("3 records added")


@pytest.mark.parametrize(
    ("type_", "meta", "sentence"),
    [
        ("record.create", {"records": 1}, "1 record added"),
        ("record.delete", {"records": 1200}, "1,200 records deleted for good"),
        ("sync.file.failed", {"message": "x"}, "Sync of a file failed"),
        ("sync.file.completed", {"records": 2}, "Sync of a file done: 2 records"),
        ("plan.sync.completed", {"records": 2}, "Plan of a sync done"),
        ("dataset.create", {}, "Dataset created"),
        ("dataset.file.attach", {}, "File attached"),
        ("file.upload", {}, "File uploaded"),
        ("comet.pass_by", {}, "Comet pass by"),
        ("alone", {}, "alone"),
    ],
)
def test_every_type_has_words(type_: str, meta: dict[str, object], sentence: str) -> None:
    assert sentence_of(type_, meta) == sentence


def test_only_what_ended_has_a_tone() -> None:
    tones = [tone_of(f"sync.file.{what}") for what in ("accepted", "started", "completed", "failed")]
    assert tones == ["", "", "good", "bad"]


def test_every_kind_of_job_has_a_kind_of_event() -> None:
    prefixes = tuple(prefix for _, prefixes in KINDS.values() for prefix in prefixes)
    assert all(f"{kind.replace('_', '.')}.".startswith(prefixes) for kind in Job.Kind.values)


def test_a_kind_hides_the_others(alice_client: Client, dataset: Dataset) -> None:
    _log(dataset, "record.create", meta={"records": 5})
    _log(dataset, "sync.file.started")
    _log(dataset, "dataset.update", meta={"name": "Renamed"})
    block = alice_client.get(_activity(dataset), {"kind": "syncs"}, headers=HTMX).content.decode()
    assert "Sync of a file began" in block
    assert "records added" not in block
    assert "Renamed" not in block
    assert "<html" not in block


def test_a_kind_without_events_leads_back(alice_client: Client, dataset: Dataset) -> None:
    page = alice_client.get(_activity(dataset), {"kind": "syncs"}).content.decode()
    assert "Nothing of this kind has happened" in page


@pytest.mark.parametrize("query", [{"kind": "gossip"}, {"after": "x"}])
def test_an_address_that_is_not_ours_leads_to_the_whole_log(
    alice_client: Client, dataset: Dataset, query: dict[str, str]
) -> None:
    assert alice_client.get(_activity(dataset), query).headers["Location"] == _activity(dataset)


def test_a_long_log_goes_on_with_a_link(alice_client: Client, dataset: Dataset) -> None:
    for number in range(PAGE_SIZE + 1):
        _log(dataset, "dataset.update", meta={"name": f"name {number}"})
    first = alice_client.get(_activity(dataset))
    second = alice_client.get(_activity(dataset), {"after": first.context["page"].next_cursor})
    assert first.context["happenings"][0].detail == f"name {PAGE_SIZE}"
    assert [happening.detail for happening in second.context["happenings"]] == ["name 0"]


def test_what_is_gone_has_no_link(
    alice_client: Client, dataset: Dataset, records: Sequence[Record], author: Author
) -> None:
    file = FileFactory.create(workspace=dataset.workspace, visibility="user", name="mine.pdf")
    _log(dataset, "file.attach", file_id=file.id)
    erase_records(dataset.workspace, [records[0].id], author=author)
    page = alice_client.get(_activity(dataset)).content.decode()
    assert "1 record deleted for good" in page
    assert f"?record={records[0].id}" not in page
    assert "a file that is gone" in page
    assert "mine.pdf" not in page


def test_a_revision_that_is_not_published_is_not_linked(alice_client: Client, dataset: Dataset) -> None:
    pending = Revision.objects.create(dataset=dataset, kind=Revision.Kind.IMPORT, door="page")
    _log(dataset, "import.file.started", revision_id=pending.id)
    assert alice_client.get(_activity(dataset)).context["happenings"][0].revision_number is None


def test_strangers_find_nothing(charlie_client: Client, client: Client, dataset: Dataset) -> None:
    assert charlie_client.get(_activity(dataset)).status_code == 404
    assert client.get(_activity(dataset)).status_code == 302


def test_an_empty_log_says_what_will_be_there(alice_client: Client, dataset: Dataset, alice: User) -> None:
    assert "Nothing has happened yet" in alice_client.get(_activity(dataset)).content.decode()
