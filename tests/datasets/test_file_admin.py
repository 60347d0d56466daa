from __future__ import annotations

from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from files.actions import delete_file
from files.models import File
from project.accounts.models import Workspace
from tests.factories.files import FileFactory


def test_a_file_is_deleted_with_its_bytes_and_its_row_stays_hidden(
    admin_client: Client,
    workspace: Workspace,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    file = FileFactory.create(workspace=workspace)
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(reverse("admin:files_file_delete", args=[file.pk]), {"post": "yes"})
    assert File.objects.get(pk=file.pk).deleted_at is not None
    assert not File.objects.visible_to(workspace).exists()
    assert not default_storage.exists(file.storage_name)


def test_files_are_neither_made_nor_edited_here(admin_client: Client, workspace: Workspace) -> None:
    file = FileFactory.create(workspace=workspace)
    assert admin_client.get("/admin/files/file/add/").status_code == 403
    assert (
        admin_client.post(reverse("admin:files_file_change", args=[file.pk]), {"name": "x"}).status_code
        == 403
    )


def test_a_file_that_is_gone_cannot_be_deleted_again(admin_client: Client, workspace: Workspace) -> None:
    file = FileFactory.create(workspace=workspace)
    delete_file(file)
    assert (
        admin_client.post(reverse("admin:files_file_delete", args=[file.pk]), {"post": "yes"}).status_code
        == 403
    )
