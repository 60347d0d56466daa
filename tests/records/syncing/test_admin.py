from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Attachment, Dataset, Door, Event, Job
from files.models import File
from project.accounts.models import Workspace
from tests.factories.files import FileFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/datasets/attachment/"


def chosen(admin_client: Client, action: str) -> str:
    ids = [str(pk) for pk in Attachment.objects.values_list("pk", flat=True)]
    data = {"action": action, "_selected_action": ids}
    return admin_client.post(LIST, data, follow=True).content.decode()


def test_a_file_is_attached_through_the_action(admin_client: Client, dataset: Dataset) -> None:
    other = FileFactory.create(workspace=dataset.workspace)
    page = reverse("admin:datasets_attachment_add")
    assert admin_client.get(page).status_code == 200
    admin_client.post(page, {"attachment-dataset": str(dataset.pk), "attachment-file": str(other.pk)})
    attachment = Attachment.objects.get()
    assert (attachment.dataset, attachment.file) == (dataset, other)
    assert Event.objects.get(type="dataset.file.attach").file_id == other.id
    shown = admin_client.get(reverse("admin:datasets_attachment_change", args=[attachment.pk]))
    assert shown.status_code == 200


def test_a_strangers_file_is_refused_on_the_form(
    admin_client: Client, dataset: Dataset, stranger_workspace: Workspace
) -> None:
    theirs = FileFactory.create(workspace=stranger_workspace)
    data = {"attachment-dataset": str(dataset.pk), "attachment-file": str(theirs.pk)}
    page = admin_client.post(reverse("admin:datasets_attachment_add"), data)
    assert "own workspace" in page.content.decode()
    assert not Attachment.objects.exists()


def test_attachments_are_synced_and_detached(admin_client: Client, file: File) -> None:
    assert "a sync was accepted" in chosen(admin_client, "sync")
    assert (Job.objects.get().kind, Job.objects.get().door) == (Job.Kind.SYNC_FILE, Door.ADMIN)
    assert "its records stay" in chosen(admin_client, "detach")
    assert not Attachment.objects.exists()


def test_an_attachment_is_detached_with_its_records(admin_client: Client, file: File) -> None:
    assert "in the trash" in chosen(admin_client, "detach_and_trash")
    assert not Attachment.objects.exists()


def test_what_cannot_be_done_is_said(admin_client: Client, file: File) -> None:
    File.objects.update(deleted_at="2026-01-01T00:00Z")
    assert "is not attached to this dataset" in chosen(admin_client, "sync")
