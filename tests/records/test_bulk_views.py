from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from datasets.models import Dataset, Job, Worker
from project.accounts.models import Membership, User
from project.accounts.types import Author
from records.actions import add_records, set_status
from records.bulk import AT_ONCE
from records.bulk_forms import MAX_CHOSEN
from records.models import Record
from records.pages import PAGE_SIZE
from records.types import RecordDraft
from tests.factories.datasets import DatasetFactory, JobFactory
from tests.pages import HTMX, text_of


def _change(dataset: Dataset) -> str:
    return reverse("records:selection_change", args=[dataset.id])


def _live(dataset: Dataset) -> list[Record]:
    return list(Record.objects.in_dataset(dataset).in_order())


def _all(
    dataset: Dataset, query: str = "", *, excluded: tuple[UUID, ...] = (), revision: int = 1
) -> dict[str, str]:
    without = ",".join(map(str, excluded))
    return {"scope": "all", "filter": query, "revision": str(revision), "except": without}


@pytest.fixture
def five(dataset: Dataset, author: Author) -> list[Record]:
    """Texts, of which the first two are in German."""
    drafts = [
        RecordDraft(text=f"Refund {n}, please", meta={"lang": "de" if n < 2 else "en"}) for n in range(5)
    ]
    return add_records(dataset, drafts, author=author)


def test_ticked_records_are_decided_at_once_with_a_way_back(
    alice_client: Client, dataset: Dataset, five: list[Record]
) -> None:
    ticked = [str(record.id) for record in five[:2]]
    response = alice_client.post(_change(dataset), {"id": ticked, "task": "plain:approved"}, headers=HTMX)
    assert [record.status for record in _live(dataset)] == ["approved", "approved", "new", "new", "new"]
    assert "records-changed" in response.headers["HX-Trigger"]
    assert "2 records changed: status approved." in text_of(response)
    assert reverse("records:revision_undo", args=[dataset.id, 2]) in response.content.decode()


def test_the_box_of_the_page_selects_it_without_script(
    alice_client: Client, dataset: Dataset, five: list[Record]
) -> None:
    page = alice_client.get(reverse("records:record_list", args=[dataset.id])).content.decode()
    [ids] = re.findall(r'name="also" value="([^"]+)"', page)
    response = alice_client.post(_change(dataset), {"also": ids, "task": "plain:flagged"})
    assert response.headers["Location"] == reverse("records:record_list", args=[dataset.id])
    assert {record.status for record in _live(dataset)} == {"flagged"}


def test_without_script_ticked_records_lead_back_to_the_same_filter(
    alice_client: Client, dataset: Dataset, five: list[Record]
) -> None:
    said = {"id": str(five[0].id), "filter": "meta.lang=de", "task": "tag"}
    form = alice_client.post(_change(dataset), said).content.decode()
    fields = dict(re.findall(r'name="(also|filter)" value="([^"]*)"', form))
    done = alice_client.post(_change(dataset), {**fields, "task": "tag", "verb": "add_tags", "tags": "a"})
    place = reverse("records:record_list", args=[dataset.id])
    assert done.headers["Location"] == f"{place}?meta.lang=de"


def test_all_that_match_are_shown_before_they_are_changed(
    alice_client: Client, dataset: Dataset, five: list[Record]
) -> None:
    said = {**_all(dataset, "meta.lang=en", excluded=(five[4].id,)), "task": "plain:rejected"}
    preview = alice_client.post(_change(dataset), said, headers=HTMX)
    assert "meta.lang is en, without 1" in text_of(preview)
    assert "The first 2 that would become others" in text_of(preview)
    assert {record.status for record in _live(dataset)} == {"new"}
    alice_client.post(_change(dataset), {**said, "confirmed": "yes"}, headers=HTMX)
    assert [record.status for record in _live(dataset)] == ["new", "new", "rejected", "rejected", "new"]


def test_all_means_what_matched_when_it_was_shown(
    alice_client: Client, dataset: Dataset, five: list[Record], author: Author
) -> None:
    add_records(dataset, [RecordDraft(text="Came later", meta={"lang": "de"})], author=author)
    set_status(dataset, [five[0].id], "flagged", author=author)
    said = {**_all(dataset, "status=new&meta.lang=de"), "task": "plain:trash", "confirmed": "yes"}
    alice_client.post(_change(dataset), said)
    assert [record.preview for record in _live(dataset)] == [
        *("Refund 2, please", "Refund 3, please", "Refund 4, please"),
        "Came later",
    ]


def test_all_are_never_named_by_ids(alice_client: Client, dataset: Dataset, five: list[Record]) -> None:
    said = {**_all(dataset, "meta.lang=de"), "task": "plain:rejected", "id": str(five[4].id)}
    alice_client.post(_change(dataset), {**said, "confirmed": "yes"})
    assert [record.status for record in _live(dataset)] == ["rejected", "rejected", "new", "new", "new"]


@pytest.mark.parametrize(
    ("said", "field", "expected"),
    [
        ({"task": "tag", "verb": "add_tags", "tags": "billing, urgent"}, "tags", ["billing", "urgent"]),
        ({"task": "split", "verb": "set_split", "split": "train"}, "split", "train"),
        (
            {"task": "meta", "verb": "set_meta", "key": "score", "value": "5"},
            "meta",
            {"lang": "de", "score": 5},
        ),
        (
            {"task": "meta", "verb": "set_meta", "key": "by", "value": "5 a"},
            "meta",
            {"lang": "de", "by": "5 a"},
        ),
        ({"task": "meta", "verb": "unset_meta", "key": "meta.lang"}, "meta", {}),
        (
            {"task": "replace", "verb": "replace_text", "find": "refund", "put": "x"},
            "text",
            "Refund 0, please",
        ),
        (
            {"task": "replace", "verb": "replace_text", "find": "Refund", "put": "Money"},
            "text",
            "Money 0, please",
        ),
        (
            {"task": "replace", "verb": "replace_text", "find": r"\d+", "put": "#", "is_pattern": "on"},
            "text",
            "Refund #, please",
        ),
    ],
)
def test_each_task_does_what_its_form_says(
    alice_client: Client,
    dataset: Dataset,
    five: list[Record],
    said: dict[str, str],
    field: str,
    expected: Any,
) -> None:
    alice_client.post(_change(dataset), {**said, "id": str(five[0].id), "confirmed": "yes"}, headers=HTMX)
    five[0].refresh_from_db()
    assert getattr(five[0], field) == expected


def test_the_preview_of_a_replacement_shows_the_words(
    alice_client: Client, dataset: Dataset, five: list[Record]
) -> None:
    said = {"task": "replace", "verb": "replace_text", "find": "please", "put": "now", "id": str(five[0].id)}
    page = alice_client.post(_change(dataset), said, headers=HTMX).content.decode()
    assert '<del class="diff diff--del">please</del><ins class="diff diff--ins">now</ins>' in page
    assert 'name="find" value="please"' in page


@pytest.mark.parametrize("verb", ["copy", "move"])
def test_records_go_to_another_dataset(
    alice_client: Client, dataset: Dataset, five: list[Record], verb: str
) -> None:
    target = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner, name="Gold")
    said = {"task": "transfer", "verb": verb, "target": str(target.id), "id": str(five[0].id)}
    assert "Refund 0, please" in text_of(alice_client.post(_change(dataset), said, headers=HTMX))
    done = alice_client.post(_change(dataset), {**said, "confirmed": "yes"}, headers=HTMX)
    assert "1 record copied from Support." in text_of(done) or "1 record moved to Gold." in text_of(done)
    assert len(_live(target)) == 1
    assert len(_live(dataset)) == (5 if verb == "copy" else 4)


def test_no_record_goes_to_the_dataset_of_a_stranger(
    alice_client: Client, dataset: Dataset, five: list[Record], stranger_dataset: Dataset
) -> None:
    said = {"task": "transfer", "verb": "copy", "target": str(stranger_dataset.id), "id": str(five[0].id)}
    response = alice_client.post(_change(dataset), {**said, "confirmed": "yes"}, headers=HTMX)
    assert response.status_code == 422
    assert "There is no such dataset in this workspace" in text_of(response)
    assert _live(stranger_dataset) == []


def test_many_are_a_job(alice_client: Client, dataset: Dataset, author: Author) -> None:
    add_records(dataset, [RecordDraft(text=str(n)) for n in range(AT_ONCE + 1)], author=author)
    said = {**_all(dataset), "task": "plain:approved"}
    assert "A job does it" in text_of(alice_client.post(_change(dataset), said))
    done = alice_client.post(_change(dataset), {**said, "confirmed": "yes"}, headers=HTMX)
    assert Job.objects.get(dataset=dataset).kind == Job.Kind.BULK_CHANGE
    assert "Watch the job But no worker is running" in text_of(done)
    Worker.objects.create(name="w", seen_at=timezone.now())
    again = alice_client.post(_change(dataset), {**said, "confirmed": "yes"}, headers=HTMX)
    assert "no worker" not in text_of(again)


@pytest.mark.parametrize(
    ("said", "status", "sentence"),
    [
        ({"task": "plain:approved"}, 400, "No record is selected"),
        ({"task": "plain:approved", "also": "nothing,like,an,id"}, 400, "No record is selected"),
        ({"task": "plain:approved", "scope": "all", "revision": "99"}, 400, "load the page and select again"),
        ({"task": "plain:approved", "scope": "all", "revision": "x"}, 400, "load the page and select again"),
        ({"task": "plain:approved", "scope": "all", "revision": "1", "filter": "tokens=many"}, 400, "range"),
        ({"task": "tag", "verb": "add_tags", "id": "0", "tags": " , "}, 422, "Give 1 to 50 tags"),
        (
            {"task": "replace", "verb": "replace_text", "id": "0", "find": "(", "is_pattern": "on"},
            422,
            "no regular expression",
        ),
        ({"task": "tag", "verb": "sing", "id": "0", "tags": "a"}, 422, "Tags"),
        ({"task": "plain:new", "id": "0"}, 409, "already as asked for"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_changed(
    alice_client: Client,
    dataset: Dataset,
    five: list[Record],
    said: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    if "id" in said:
        said = {**said, "id": str(five[0].id)}
    response = alice_client.post(_change(dataset), said, headers=HTMX)
    assert response.status_code == status
    assert sentence in text_of(response)
    dataset.refresh_from_db()
    assert dataset.revision_number == 1


def test_too_many_ticks_are_refused(alice_client: Client, dataset: Dataset, five: list[Record]) -> None:
    ids = ",".join(str(UUID(int=number)) for number in range(1, MAX_CHOSEN + 2))
    response = alice_client.post(_change(dataset), {"also": ids, "task": "plain:approved"}, headers=HTMX)
    assert "At most 10,000 records" in text_of(response)


def test_the_toast_of_a_job_waits_for_its_end_and_then_has_the_way_back(
    alice_client: Client, dataset: Dataset, five: list[Record], author: Author
) -> None:
    set_status(dataset, [five[0].id], "flagged", author=author)
    job = JobFactory.create(
        dataset=dataset,
        kind=Job.Kind.BULK_CHANGE,
        status=Job.Status.RUNNING,
        revision=dataset.revisions.get(number=2),
    )
    url = reverse("records:selection_outcome", args=[dataset.id, job.id])
    assert alice_client.get(url, headers=HTMX).status_code == 204
    Job.objects.filter(pk=job.pk).update(status=Job.Status.COMPLETED)
    told = alice_client.get(url, headers=HTMX)
    assert "1 record changed: status flagged." in text_of(told)
    assert reverse("records:revision_undo", args=[dataset.id, 2]) in told.content.decode()
    assert "job-ended" in told.headers["HX-Trigger"]


def test_a_job_that_changed_nothing_says_why(
    alice_client: Client, dataset: Dataset, charlie_client: Client
) -> None:
    job = JobFactory.create(
        dataset=dataset, kind=Job.Kind.BULK_CHANGE, status=Job.Status.FAILED, message="The disk is full."
    )
    url = reverse("records:selection_outcome", args=[dataset.id, job.id])
    assert "The disk is full." in text_of(alice_client.get(url, headers=HTMX))
    assert charlie_client.get(url, headers=HTMX).status_code == 404


def test_what_no_button_says_is_answered_by_the_choice(
    alice_client: Client, dataset: Dataset, five: list[Record]
) -> None:
    response = alice_client.post(_change(dataset), {"task": "", "id": str(five[0].id)})
    assert "Approve" in text_of(response)
    assert {record.status for record in _live(dataset)} == {"new"}


def test_a_reviewer_decides_and_does_no_more(
    client: Client, dataset: Dataset, five: list[Record], bob: User
) -> None:
    Membership.objects.filter(user=bob).update(role=Membership.Role.REVIEWER)
    client.force_login(bob)
    one = {"id": str(five[0].id)}
    assert client.post(_change(dataset), {**one, "task": "plain:trash"}).status_code == 403
    assert client.post(_change(dataset), {**one, "task": "tag"}).status_code == 403
    assert client.post(_change(dataset), {**one, "task": "plain:approved"}).status_code == 302
    assert _live(dataset)[0].status == "approved"


def test_a_viewer_selects_nothing(viewer_client: Client, dataset: Dataset, five: list[Record]) -> None:
    page = viewer_client.get(reverse("records:record_list", args=[dataset.id])).content.decode()
    assert "grid__pick" not in page
    said = {"id": str(five[0].id), "task": "plain:approved"}
    assert viewer_client.post(_change(dataset), said).status_code == 403


def test_strangers_and_their_records_are_not_there(
    charlie_client: Client,
    alice_client: Client,
    dataset: Dataset,
    stranger_dataset: Dataset,
    five: list[Record],
) -> None:
    said = {"id": str(five[0].id), "task": "plain:trash"}
    assert charlie_client.post(_change(dataset), said).status_code == 404
    assert charlie_client.post(_change(stranger_dataset), said).status_code == 409  # None of its own matches.
    assert len(_live(dataset)) == 5


def test_ticked_records_are_changed_in_a_fixed_number_of_queries(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    records = add_records(dataset, [RecordDraft(text=str(n)) for n in range(PAGE_SIZE)], author=author)
    numbers = []
    for ticked, task in ((records[:1], "plain:flagged"), (records, "plain:approved")):
        with CaptureQueriesContext(connection) as queries:
            alice_client.post(_change(dataset), {"id": [str(one.id) for one in ticked], "task": task})
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
