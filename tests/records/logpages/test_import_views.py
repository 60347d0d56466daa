from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from datasets.models import Door, Job
from files.models import File
from project.accounts.models import User, Workspace
from tests.factories.files import FileFactory

pytestmark = pytest.mark.django_db

PLACE = "/app/logs/import/"
LINE = b'{"model": "gpt-4o", "input": "Hello"}\n'


def _upload(content: bytes = LINE, **values: object) -> dict[str, object]:
    return {"content": SimpleUploadedFile("calls.jsonl", content), "environment": "test", **values}


def test_a_file_of_logs_is_stored_and_its_import_begins(
    bob_client: Client, bob: User, workspace: Workspace
) -> None:
    assert PLACE in bob_client.get("/app/logs/").content.decode()
    assert bob_client.get(PLACE).status_code == 200
    response = bob_client.post(PLACE, _upload())
    job = Job.objects.get()
    assert response["Location"] == reverse("datasets:job_detail", args=[job.id])
    assert job.settings == {"environment": "test", "file_name": "calls.jsonl", "version": 1}
    assert (job.kind, job.workspace, job.dataset, job.created_by, job.door) == (
        *(Job.Kind.IMPORT_LOG_FILE, workspace, None, bob),
        Door.PAGE,
    )
    page = bob_client.get(response["Location"]).content.decode()
    assert "Import of logs" in page


def test_a_file_that_is_here_already_is_taken(alice_client: Client, workspace: Workspace) -> None:
    file = FileFactory.create(workspace=workspace, name="here.jsonl", content=LINE)
    alice_client.post(PLACE, {"file": file.id, "environment": "prod"})
    assert Job.objects.get().file == file


@pytest.mark.parametrize(
    "given",
    [
        {"environment": "prod"},
        {"environment": "staging"},
        {"content": SimpleUploadedFile("table.csv", b"a,b")},
        {"content": SimpleUploadedFile("empty.jsonl", b"")},
        {"content": None, "file": "00000000-0000-7000-8000-000000000000"},
    ],
)
def test_what_is_no_file_of_logs_is_explained_and_leaves_nothing(
    alice_client: Client, given: dict[str, object]
) -> None:
    values = {key: value for key, value in {"environment": "prod", **given}.items() if value is not None}
    response = alice_client.post(PLACE, values)
    assert response.status_code == 422
    assert "field__error" in response.content.decode()
    assert not Job.objects.exists()


def test_a_viewer_imports_no_logs_and_a_stranger_none_of_our_files(
    viewer_client: Client, charlie_client: Client, workspace: Workspace
) -> None:
    file = FileFactory.create(workspace=workspace, name="ours.jsonl", content=LINE)
    assert PLACE not in viewer_client.get("/app/logs/").content.decode()
    assert viewer_client.post(PLACE, _upload()).status_code == 403
    assert charlie_client.post(PLACE, {"file": file.id, "environment": "prod"}).status_code == 422
    assert not Job.objects.exists()
    assert File.objects.count() == 1
