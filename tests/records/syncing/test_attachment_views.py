from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Attachment, Dataset, Job
from files.models import File
from project.accounts.models import User
from project.accounts.types import Author
from records.actions import replace_text
from records.models import Record
from records.syncing.actions import attach_file
from tests.factories.datasets import DatasetFactory
from tests.factories.files import FileFactory
from tests.pages import HTMX
from tests.records.syncing.conftest import Sync, Write, live

FRAME = 4  # Session, user, memberships, dataset.


def _url(name: str, dataset: Dataset, *more: object) -> str:
    return reverse(f"records:attachment_{name}", args=[dataset.id, *more])


def _queued(dataset: Dataset) -> list[str]:
    return list(Job.objects.filter(dataset=dataset, status="queued").values_list("kind", flat=True))


def test_the_list_tells_how_far_each_file_is_in_a_fixed_number_of_queries(
    alice_client: Client,
    dataset: Dataset,
    sync: Sync,
    write: Write,
    author: Author,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(3):
        file = FileFactory.create(workspace=dataset.workspace, content_type="application/pdf")
        attach_file(dataset, file, author=author)
    sync()
    write("alpha", "delta")
    with django_assert_num_queries(
        FRAME + 9
    ):  # Attachments, worker, time limit (4), records, conflicts, jobs.
        page = alice_client.get(_url("list", dataset)).content.decode()
    assert "newer version not synced yet" in page
    assert page.count("not synced yet</span>") == 4
    assert f"?file={dataset.attachments.earliest('id').file_id}" in page
    assert "PDF" in page


def test_an_empty_list_says_what_to_do_next(alice_client: Client, dataset: Dataset) -> None:
    page = alice_client.get(_url("list", dataset)).content.decode()
    assert "No files attached yet" in page
    assert _url("create", dataset) in page


def test_the_link_to_the_records_of_a_file_shows_these_alone(
    alice_client: Client, dataset: Dataset, file: File, sync: Sync, records: list[Record]
) -> None:
    sync()
    shown = alice_client.get(reverse("records:record_list", args=[dataset.id]), {"file": str(file.id)})
    assert [row.record.text for row in shown.context["listing"].rows] == ["alpha", "bravo", "charlie"]


@pytest.mark.parametrize("query", ["file=nonsense", "-file=nonsense"])
def test_what_is_no_file_has_no_records(
    alice_client: Client, dataset: Dataset, sync: Sync, query: str
) -> None:
    sync()
    shown = alice_client.get(f"{reverse('records:record_list', args=[dataset.id])}?{query}")
    assert shown.status_code == 200
    assert len(shown.context["listing"].rows) == (3 if query.startswith("-") else 0)


def test_the_picker_offers_what_is_not_attached(alice_client: Client, dataset: Dataset, file: File) -> None:
    FileFactory.create(workspace=dataset.workspace, name="prices.csv")
    FileFactory.create(name="of others.csv")
    page = alice_client.get(_url("create", dataset)).content.decode()
    assert "prices.csv" in page
    assert file.name not in page
    assert "of others.csv" not in page


def test_the_picker_is_searched_by_name(alice_client: Client, dataset: Dataset) -> None:
    FileFactory.create(workspace=dataset.workspace, name="prices.csv")
    block = alice_client.get(_url("create", dataset), {"q": "handbook"}, headers=HTMX).content.decode()
    assert "No file that can be attached" in block
    assert "<html" not in block


def test_a_file_of_the_library_is_attached(bob_client: Client, dataset: Dataset) -> None:
    file = FileFactory.create(workspace=dataset.workspace, name="prices.csv")
    response = bob_client.post(_url("create", dataset), {"file": str(file.id)}, follow=True)
    assert response.redirect_chain == [(_url("detail", dataset, file.id), 302)]
    assert "prices.csv is attached." in response.content.decode()
    assert "not synced" not in response.content.decode()
    assert Attachment.objects.get().file == file


def test_a_file_is_uploaded_and_attached_at_once(bob_client: Client, dataset: Dataset) -> None:
    content = SimpleUploadedFile("handbook.txt", b"Read me.", content_type="text/plain")
    response = bob_client.post(_url("create", dataset), {"content": content}, headers=HTMX)
    file = File.objects.get()
    assert response.headers["HX-Redirect"] == _url("detail", dataset, file.id)
    assert (Attachment.objects.get().file, file.name) == (file, "handbook.txt")


def test_without_a_file_the_form_says_what_to_do(bob_client: Client, dataset: Dataset) -> None:
    response = bob_client.post(_url("create", dataset), {}, headers=HTMX)
    assert response.status_code == 422
    assert "Choose a file first." in response.content.decode()
    assert not Attachment.objects.exists()


def test_the_file_of_another_workspace_is_not_there_to_attach(bob_client: Client, dataset: Dataset) -> None:
    file = FileFactory.create()
    assert bob_client.post(_url("create", dataset), {"file": str(file.id)}).status_code == 404


def test_a_plan_is_made_before_anything_is_synced(bob_client: Client, dataset: Dataset, file: File) -> None:
    response = bob_client.post(_url("plan", dataset, file.id), follow=True)
    assert _queued(dataset) == [Job.Kind.PLAN_SYNC]
    assert "Plan of a sync" in response.content.decode()
    assert 'hx-trigger="every 1s"' in response.content.decode()


def test_the_plan_is_shown_with_what_records_and_file_say(
    alice_client: Client,
    dataset: Dataset,
    file: File,
    sync: Sync,
    plan: Sync,
    write: Write,
    author: Author,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    sync()
    replace_text(live(dataset)[1], "bravo by hand", author=author)
    write("alpha two", "bravo two", "charlie", "delta")
    plan()
    with django_assert_num_queries(FRAME + 11):  # Those of the list, plan and previews.
        response = alice_client.get(_url("detail", dataset, file.id))
    told = response.context["told"]
    assert [(group.kind, group.count) for group in told.groups] == [
        ("conflict", 1),
        ("changed", 1),
        ("new", 1),
        ("unchanged", 1),
    ]
    conflict, changed, new = (group.samples[0].sides for group in told.groups[:3])
    assert ["".join(part.text for part in side) for side in conflict] == ["bravo by hand", "bravo two"]
    assert [part.text for part in changed.right if part.is_own] == [" two"]
    assert (new.left, new.right[0].text) == ((), "delta")
    page = response.content.decode()
    assert "Apply as one revision" in page
    assert '<ins class="diff diff--ins"> two</ins>' in page


def test_applying_the_plan_starts_the_sync(
    bob_client: Client, dataset: Dataset, file: File, plan: Sync
) -> None:
    job = plan()
    bob_client.post(_url("sync", dataset, file.id), {"plan": str(job.id)})
    assert _queued(dataset) == [Job.Kind.SYNC_FILE]


def test_a_plan_of_an_older_version_is_not_applied(
    bob_client: Client, dataset: Dataset, file: File, plan: Sync, write: Write
) -> None:
    job = plan()
    write("other")
    detail = bob_client.get(_url("detail", dataset, file.id)).content.decode()
    assert "Make a new plan." in detail
    assert "Apply as one revision" not in detail
    response = bob_client.post(_url("sync", dataset, file.id), {"plan": str(job.id)}, follow=True)
    assert "make a new plan" in response.content.decode()
    assert _queued(dataset) == []


def test_what_a_sync_did_is_told_after_it(
    alice_client: Client, dataset: Dataset, file: File, sync: Sync
) -> None:
    sync()
    page = alice_client.get(_url("detail", dataset, file.id)).content.decode()
    assert "What the last sync did" in page
    assert "Apply as one revision" not in page


def test_a_sync_that_failed_says_why(alice_client: Client, dataset: Dataset, file: File, sync: Sync) -> None:
    File.objects.filter(pk=file.pk).update(storage_name="nowhere")
    sync()
    page = alice_client.get(_url("detail", dataset, file.id)).content.decode()
    assert 'role="alert"' in page
    assert "Sync of a file failed" in alice_client.get(_url("list", dataset)).content.decode()


def test_detaching_tells_the_number_and_keeps_the_records(
    bob_client: Client, dataset: Dataset, file: File, sync: Sync
) -> None:
    sync()
    place = _url("detach", dataset, file.id)
    assert "3 records of this dataset came from it." in bob_client.get(place).content.decode()
    response = bob_client.post(place, {"records": "keep"}, follow=True)
    assert "manual.txt is detached. Its records stay." in response.content.decode()
    assert len(live(dataset)) == 3
    assert not Attachment.objects.exists()


def test_detaching_moves_the_records_to_the_trash_when_told(
    bob_client: Client, dataset: Dataset, file: File, sync: Sync
) -> None:
    sync()
    response = bob_client.post(_url("detach", dataset, file.id), {"records": "trash"}, follow=True)
    assert "3 records moved to the trash." in response.content.decode()
    assert live(dataset) == []


def test_detaching_asks_what_becomes_of_the_records(bob_client: Client, dataset: Dataset, file: File) -> None:
    response = bob_client.post(_url("detach", dataset, file.id), {"records": "burn"})
    assert response.status_code == 422
    assert "Choose what becomes of its records." in response.content.decode()
    assert Attachment.objects.exists()


def test_a_file_that_somebody_keeps_for_themselves_is_not_listed_for_others(
    bob_client: Client, dataset: Dataset, alice: User, author: Author
) -> None:
    mine = FileFactory.create(
        workspace=dataset.workspace, created_by=alice, visibility="user", name="mine.txt"
    )
    attach_file(dataset, mine, author=author)
    assert "mine.txt" not in bob_client.get(_url("list", dataset)).content.decode()
    assert bob_client.get(_url("detail", dataset, mine.id)).status_code == 404


def test_viewers_may_read_but_not_change(
    viewer_client: Client, dataset: Dataset, file: File, plan: Sync
) -> None:
    job = plan()
    page = viewer_client.get(_url("detail", dataset, file.id)).content.decode()
    assert "<form" not in page.partition("<main")[2]
    assert _url("create", dataset) not in viewer_client.get(_url("list", dataset)).content.decode()
    refused = [
        viewer_client.get(_url("create", dataset)),
        viewer_client.post(_url("plan", dataset, file.id)),
        viewer_client.post(_url("sync", dataset, file.id), {"plan": str(job.id)}),
        viewer_client.post(_url("detach", dataset, file.id), {"records": "trash"}),
    ]
    assert [response.status_code for response in refused] == [403] * 4
    assert _queued(dataset) == []


def test_nothing_of_it_is_there_for_strangers(
    charlie_client: Client, dataset: Dataset, file: File, stranger_dataset: Dataset
) -> None:
    pages = [
        charlie_client.get(_url("list", dataset)),
        charlie_client.get(_url("create", dataset)),
        charlie_client.get(_url("detail", dataset, file.id)),
        charlie_client.get(_url("detail", stranger_dataset, file.id)),
        charlie_client.post(_url("plan", dataset, file.id)),
        charlie_client.post(_url("sync", dataset, file.id)),
        charlie_client.post(_url("detach", dataset, file.id)),
    ]
    assert [page.status_code for page in pages] == [404] * 7


def test_a_plan_of_another_dataset_is_not_applied(
    bob_client: Client, dataset: Dataset, file: File, plan: Sync, author: Author
) -> None:
    job = plan()
    other = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner)
    attach_file(other, file, author=author)
    response = bob_client.post(_url("sync", other, file.id), {"plan": str(job.id)})
    assert response.status_code == 404
