from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.file_actions import put_content
from datasets.models import Attachment, Dataset, Event
from files.models import File
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from tests.factories.datasets import DatasetFactory
from tests.factories.files import FileFactory

LIST = reverse("files:file_list")
HTMX = {"HX-Request": "true"}
FIRST, SECOND = b"first content", b"second content"


@pytest.fixture
def file(workspace: Workspace, alice: User, author: Author) -> File:
    """With two versions."""
    file = FileFactory.create(workspace=workspace, created_by=alice, name="handbook.pdf", content=FIRST)
    put_content(file, ContentFile(SECOND), author=author, content_type="application/pdf")
    return file


def _url(name: str, file: File, *more: object) -> str:
    return reverse(f"files:file_{name}", args=[file.id, *more])


def test_the_page_tells_versions_and_attachments_in_a_fixed_number_of_queries(
    alice_client: Client,
    file: File,
    dataset: Dataset,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    other = DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner, name="")
    Attachment.objects.create(dataset=dataset, file=file, synced_version=1)
    Attachment.objects.create(dataset=other, file=file)
    with django_assert_num_queries(6):  # session, user, memberships, file, attachments, versions
        page = alice_client.get(_url("detail", file)).content.decode()
    assert "PDF" in page
    assert file.sha256[:12] in page
    assert _url("version_download", file, 1) in page
    assert "· version 2 is newer" in page
    assert other.label in page
    assert "not synced yet" in page


def test_the_list_counts_where_files_are_attached(
    alice_client: Client, file: File, dataset: Dataset, stranger_dataset: Dataset
) -> None:
    Attachment.objects.create(dataset=dataset, file=file)
    page = alice_client.get(LIST).content.decode()
    assert "1 dataset<" in page


def test_each_version_is_downloaded_by_its_number(alice_client: Client, file: File) -> None:
    contents = [b"".join(alice_client.get(_url("version_download", file, number))) for number in (1, 2)]
    assert contents == [FIRST, SECOND]
    assert alice_client.get(_url("version_download", file, 3)).status_code == 404


def test_a_version_that_storage_has_lost_is_said(alice_client: Client, file: File) -> None:
    default_storage.delete(file.versions.get(number=1).storage_name)
    page = alice_client.get(_url("version_download", file, 1), follow=True).content.decode()
    assert "The content of handbook.pdf is gone from storage." in page


def test_an_upload_becomes_the_newest_version(bob_client: Client, bob: User, file: File) -> None:
    content = SimpleUploadedFile("other name.pdf", b"third", content_type="application/pdf")
    response = bob_client.post(_url("upload_version", file), {"content": content}, headers=HTMX)
    file.refresh_from_db()
    assert response.headers["HX-Redirect"] == _url("detail", file)
    assert (file.version, file.name, file.versions.get(number=3).created_by) == (3, "handbook.pdf", bob)


def test_an_empty_upload_leaves_the_version_before(bob_client: Client, file: File) -> None:
    form = {"content": SimpleUploadedFile("empty.pdf", b"")}
    response = bob_client.post(_url("upload_version", file), form, headers=HTMX)
    assert response.status_code == 422
    assert "The file is empty" in response.content.decode()
    assert "<html" not in response.content.decode()
    file.refresh_from_db()
    assert file.version == 2


def test_a_file_is_renamed_and_described(bob_client: Client, file: File) -> None:
    said = {"name": "دليل.pdf", "description": "The printed one."}
    response = bob_client.post(_url("edit", file), said, follow=True)
    file.refresh_from_db()
    assert (file.name, file.description) == ("دليل.pdf", "The printed one.")
    assert "The printed one." in response.content.decode()
    assert Event.objects.filter(type="file.update", file_id=file.id).exists()


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_that_cannot_be_is_refused(bob_client: Client, file: File, name: str) -> None:
    response = bob_client.post(_url("edit", file), {"name": name})
    assert response.status_code == 422
    assert "field__error" in response.content.decode()


def test_deleting_says_what_it_detaches_and_that_records_stay(
    bob_client: Client, file: File, dataset: Dataset
) -> None:
    Attachment.objects.create(dataset=dataset, file=file)
    page = bob_client.get(_url("delete", file)).content.decode()
    assert "detached from 1 dataset" in page
    assert dataset.name in page
    assert "stay where they are" in page
    assert bob_client.post(_url("delete", file)).headers["Location"] == LIST
    assert not Attachment.objects.exists()


def test_a_file_without_a_name_or_content_is_shown(alice_client: Client, workspace: Workspace) -> None:
    empty = File.objects.create(workspace=workspace)
    page = alice_client.get(_url("detail", empty)).content.decode()
    assert f"Untitled file {empty.id.hex[-6:]}" in page
    assert "It has no content yet." in page
    assert "no content yet" in alice_client.get(LIST).content.decode()


@pytest.mark.parametrize("name", ["edit", "delete", "upload_version"])
def test_viewers_may_read_but_not_change(viewer_client: Client, file: File, name: str) -> None:
    page = viewer_client.get(_url("detail", file)).content.decode()
    assert _url(name, file) not in page
    assert viewer_client.post(_url(name, file)).status_code == 403
    file.refresh_from_db()
    assert (file.version, file.deleted_at) == (2, None)


@pytest.mark.parametrize("name", ["detail", "edit", "delete"])
def test_the_files_of_others_are_not_there(charlie_client: Client, file: File, name: str) -> None:
    assert charlie_client.get(_url(name, file)).status_code == 404
    assert charlie_client.get(_url("version_download", file, 1)).status_code == 404
    assert charlie_client.post(_url("upload_version", file)).status_code == 404


def test_a_file_that_somebody_keeps_for_themselves_is_not_there_for_others(
    bob_client: Client, workspace: Workspace, alice: User
) -> None:
    mine = FileFactory.create(workspace=workspace, created_by=alice, visibility="user")
    assert bob_client.get(_url("detail", mine)).status_code == 404
