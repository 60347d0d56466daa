from __future__ import annotations

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from files.models import File
from project.accounts.models import User, Workspace
from tests.factories.files import FileFactory

pytestmark = pytest.mark.django_db

FILES = "/app/files/"
UPLOAD = "/app/files/upload/"
HTMX = {"HX-Request": "true"}
ELEVEN_GB = str(11 * 1024**3)


@pytest.fixture
def file(workspace: Workspace, alice: User) -> File:
    return FileFactory.create(workspace=workspace, created_by=alice, name="dialogues.jsonl", content=b"12345")


def _upload(content: bytes = b"{}\n", name: str = "new.jsonl") -> dict[str, SimpleUploadedFile]:
    return {"content": SimpleUploadedFile(name, content, content_type="application/jsonl")}


def test_an_uploaded_file_is_kept_for_the_workspace(
    bob_client: Client, bob: User, workspace: Workspace
) -> None:
    response = bob_client.post(UPLOAD, _upload(), follow=True)
    assert response.redirect_chain == [(FILES, 302)]
    assert "new.jsonl is uploaded." in response.content.decode()
    file = File.objects.visible_to(workspace).get()
    assert (file.name, file.created_by, file.content_type) == ("new.jsonl", bob, "application/jsonl")


def test_an_upload_by_htmx_goes_on_to_the_list(bob_client: Client) -> None:
    assert bob_client.post(UPLOAD, _upload(), headers=HTMX).headers["HX-Redirect"] == FILES


def test_an_empty_file_is_refused_at_once(bob_client: Client) -> None:
    page = bob_client.post(UPLOAD, _upload(b""), headers=HTMX)
    assert page.status_code == 422
    assert "The file is empty. Choose one with content." in page.content.decode()
    assert not File.objects.exists()


@pytest.mark.parametrize("form", [{}, {"content": ""}, {"content": "text instead of a file"}])
def test_a_form_without_a_file_says_what_to_do(bob_client: Client, form: dict[str, str]) -> None:
    page = bob_client.post(UPLOAD, form)
    assert page.status_code == 422
    assert "Choose a file first." in page.content.decode()


def test_a_body_over_the_limit_is_refused_by_its_announced_length(bob_client: Client) -> None:
    """The body is not there at all: what answers cannot have read it."""
    bob_client.defaults["wsgi.input"] = io.BytesIO()  # type: ignore[assignment]
    response = bob_client.generic(
        "POST",
        UPLOAD,
        b"",
        "multipart/form-data; boundary=x",
        headers=HTMX,
        CONTENT_LENGTH=ELEVEN_GB,
    )
    assert response.status_code == 413
    assert 'role="alert"' in response.content.decode()


def test_a_file_over_the_limit_is_refused_when_it_slipped_past_the_length(
    bob_client: Client, settings: Settings
) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    page = bob_client.post(UPLOAD, _upload(b"x" * 11))
    assert page.status_code == 422
    assert "the limit is 10" in page.content.decode()
    assert not File.objects.exists()


def test_a_viewer_uploads_and_deletes_nothing(viewer_client: Client, file: File) -> None:
    page = viewer_client.get(FILES).content.decode()
    assert UPLOAD not in page
    assert "/delete/" not in page
    assert viewer_client.post(UPLOAD, _upload()).status_code == 403
    assert viewer_client.post(f"{FILES}{file.id}/delete/").status_code == 403
    assert File.objects.visible_to(file.workspace).get() == file


def test_an_upload_needs_the_token_of_the_form(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(UPLOAD, _upload()).status_code == 403
    assert not File.objects.exists()


def test_a_download_is_the_file_to_be_saved_and_never_shown(viewer_client: Client, file: File) -> None:
    response = viewer_client.get(f"{FILES}{file.id}/download/")
    assert response.getvalue() == b"12345"
    assert response.headers["Content-Disposition"] == 'attachment; filename="dialogues.jsonl"'
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_whose_bytes_are_lost_says_so(alice_client: Client, file: File) -> None:
    default_storage.delete(file.storage_name)
    response = alice_client.get(f"{FILES}{file.id}/download/", follow=True)
    assert "is gone from storage. Upload it again." in response.content.decode()


def test_deleting_asks_first_and_then_deletes(alice_client: Client, file: File) -> None:
    assert "Delete dialogues.jsonl?" in alice_client.get(f"{FILES}{file.id}/delete/").content.decode()
    assert File.objects.visible_to(file.workspace).exists()
    response = alice_client.post(f"{FILES}{file.id}/delete/", follow=True)
    assert "dialogues.jsonl is deleted." in response.content.decode()
    assert not File.objects.visible_to(file.workspace).exists()


def test_files_of_another_workspace_are_not_there(charlie_client: Client, file: File) -> None:
    assert not charlie_client.get(FILES).context["page"].rows
    assert charlie_client.get(f"{FILES}{file.id}/download/").status_code == 404
    assert charlie_client.post(f"{FILES}{file.id}/delete/").status_code == 404
    assert File.objects.get(pk=file.pk).deleted_at is None


def test_a_file_that_another_member_keeps_is_not_there(bob_client: Client, file: File) -> None:
    File.objects.update(visibility=File.Visibility.USER)
    assert not bob_client.get(FILES).context["page"].rows
    assert bob_client.get(f"{FILES}{file.id}/download/").status_code == 404


def test_an_expired_file_is_not_there(alice_client: Client, file: File) -> None:
    File.objects.update(expires_at=timezone.now())
    assert not alice_client.get(FILES).context["page"].rows
    assert alice_client.get(f"{FILES}{file.id}/download/").status_code == 404


def test_files_are_found_by_a_part_of_their_name(
    alice_client: Client, workspace: Workspace, file: File
) -> None:
    FileFactory.create(workspace=workspace, name="poems.jsonl")
    assert alice_client.get(f"{FILES}?q=DIALOG").context["page"].rows == [file]
    nothing = alice_client.get(f"{FILES}?q=%00zzz", headers=HTMX).content.decode()
    assert "No file has this in its name" in nothing
    assert "<html" not in nothing


def test_the_list_takes_the_same_queries_for_many_files(
    alice_client: Client, workspace: Workspace, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    files = [FileFactory.create(workspace=workspace, created_by=alice) for _ in range(53)]
    with django_assert_num_queries(5):  # session, user, memberships, files, attachments
        page = alice_client.get(FILES).context["page"]
    assert page.rows == files[:2:-1]
    assert alice_client.get(f"{FILES}?after={page.next_cursor}").context["page"].rows == files[2::-1]


def test_a_broken_place_in_the_address_leads_to_the_newest_files(alice_client: Client) -> None:
    assert alice_client.get(f"{FILES}?after=nonsense").headers["Location"] == FILES
