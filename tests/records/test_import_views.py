from __future__ import annotations

import gzip
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Door, Job, Worker
from files.models import File
from project.accounts.models import User, Workspace
from tests.factories.files import FileFactory
from tests.pages import HTMX

pytestmark = pytest.mark.django_db

LINE = b'{"messages": [{"role": "user", "content": "Hello"}]}\n'
NO_WORKER_HTML = "No worker is running. Start one with <code>make run</code>"
ELEVEN_GB = str(11 * 1024**3)


@pytest.fixture
def place(dataset: Dataset) -> str:
    return f"/app/datasets/{dataset.id}/import/"


@pytest.fixture
def file(workspace: Workspace) -> File:
    return FileFactory.create(workspace=workspace, name="already-here.jsonl")


def _upload(content: bytes = LINE, **values: str) -> dict[str, object]:
    return {"content": SimpleUploadedFile("dialogues.jsonl", content), "mode": "lenient", **values}


def test_an_upload_is_stored_and_its_import_begins(
    bob_client: Client, bob: User, place: str, dataset: Dataset
) -> None:
    response = bob_client.post(place, _upload())
    job = Job.objects.get()
    assert response.headers["Location"] == f"/app/jobs/{job.id}/"
    assert job.file is not None
    with job.file.open() as stored:
        assert stored.read() == LINE
    assert (job.dataset, job.kind, job.created_by, job.door) == (
        dataset,
        Job.Kind.IMPORT_FILE,
        bob,
        Door.PAGE,
    )
    assert job.settings == {"strict": False, "file_name": "dialogues.jsonl", "version": 1}


def test_a_strict_import_is_asked_for(bob_client: Client, place: str) -> None:
    bob_client.post(place, _upload(mode="strict"))
    assert Job.objects.get().settings["strict"] is True


def test_an_upload_by_htmx_goes_on_to_the_job(bob_client: Client, place: str) -> None:
    response = bob_client.post(place, _upload(), headers=HTMX)
    assert response.headers["HX-Redirect"] == f"/app/jobs/{Job.objects.get().id}/"


def test_a_file_that_is_already_here_is_not_stored_again(bob_client: Client, place: str, file: File) -> None:
    bob_client.post(place, {"file": str(file.id), "mode": "lenient"})
    assert Job.objects.get().file == file
    assert File.objects.count() == 1


def test_a_new_file_wins_over_one_that_is_already_here(bob_client: Client, place: str, file: File) -> None:
    bob_client.post(place, _upload(file=str(file.id)))
    made = Job.objects.get().file
    assert made is not None
    assert made.name == "dialogues.jsonl"


def test_the_file_of_the_link_is_chosen_already(
    bob_client: Client, workspace: Workspace, place: str, file: File
) -> None:
    for _ in range(12):
        FileFactory.create(workspace=workspace)
    page = bob_client.get(f"{place}?file={file.id}")
    assert page.context["chosen"] == file.id
    assert f'value="{file.id}" checked' in page.content.decode()


@pytest.mark.parametrize("file_id", ["nonsense", "%00", "0198c0de-0000-7000-8000-000000000000"])
def test_a_link_with_a_file_that_is_not_there_is_the_plain_page(
    bob_client: Client, place: str, file_id: str
) -> None:
    page = bob_client.get(f"{place}?file={file_id}")
    assert page.status_code == 200
    assert "checked" in page.content.decode()


def test_the_page_says_its_limits_before_they_are_met(bob_client: Client, place: str) -> None:
    page = bob_client.get(place).content.decode().replace("\xa0", " ")
    assert "or choose one: JSONL, one JSON object per line, plain or gzip, at most 10.0 GB" in page
    for shape in ("messages", "payload", "conversations", "instruction", "completion", "question", "text"):
        assert shape in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty. Choose one with content."),
        (b"PK\x03\x04 and so on", "This is a ZIP archive"),
        (b"%PDF-1.7 and so on", "This is a PDF document"),
        (b"PAR1 and so on", "This is a Parquet file"),
        (b'\xef\xbb\xbf \n [{"messages": []}]', "This is one JSON array"),
        ('{"text": "a"}'.encode("utf-16"), "This is text in UTF-16"),
    ],
)
def test_what_holds_no_lines_of_json_is_refused_at_once(
    bob_client: Client, place: str, content: bytes, sentence: str
) -> None:
    page = bob_client.post(place, _upload(content), headers=HTMX)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert "<html" not in page.content.decode()
    assert not File.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "content", [gzip.compress(LINE), b"not json\n" + LINE, b"\xef\xbb\xbf" + LINE, b"\r\n" + LINE]
)
def test_what_may_hold_lines_of_json_is_left_to_the_import(
    bob_client: Client, place: str, content: bytes
) -> None:
    assert bob_client.post(place, _upload(content)).status_code == 302


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"mode": "lenient"}, "Choose a file first."),
        ({"mode": "lenient", "file": "nonsense"}, "Choose one of the files listed."),
        ({"mode": "lenient", "file": "0198c0de-0000-7000-8000-000000000000"}, "not here any more"),
        ({"mode": "maybe", "file": ""}, "not one of the available choices"),
        ({}, "Choose what to do with bad lines."),
    ],
)
def test_a_wrong_form_starts_nothing(
    bob_client: Client, place: str, form: dict[str, str], sentence: str
) -> None:
    page = bob_client.post(place, form)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert not Job.objects.exists()


def test_a_file_of_another_workspace_is_not_imported(
    bob_client: Client, place: str, stranger_workspace: Workspace
) -> None:
    file = FileFactory.create(workspace=stranger_workspace, name="secret.jsonl")
    page = bob_client.post(place, {"file": str(file.id), "mode": "lenient"})
    assert page.status_code == 422
    assert "secret.jsonl" not in page.content.decode()
    assert not Job.objects.exists()


def test_a_file_whose_bytes_are_lost_is_refused(bob_client: Client, place: str, file: File) -> None:
    default_storage.delete(file.storage_name)
    page = bob_client.post(place, {"file": str(file.id), "mode": "lenient"})
    assert "is gone; upload it again" in page.content.decode()


def test_an_empty_file_that_is_already_here_is_refused(
    bob_client: Client, place: str, workspace: Workspace
) -> None:
    file = FileFactory.create(workspace=workspace, content=b"")
    page = bob_client.post(place, {"file": str(file.id), "mode": "lenient"})
    assert "is empty. Choose a file with content." in page.content.decode()


def test_a_body_over_the_limit_is_refused_by_its_announced_length(bob_client: Client, place: str) -> None:
    bob_client.defaults["wsgi.input"] = io.BytesIO()  # type: ignore[assignment]
    response = bob_client.generic(
        "POST",
        place,
        b"",
        "multipart/form-data; boundary=x",
        headers=HTMX,
        CONTENT_LENGTH=ELEVEN_GB,
    )
    assert response.status_code == 413
    assert 'role="alert"' in response.content.decode()


def test_a_viewer_imports_nothing(viewer_client: Client, place: str) -> None:
    assert viewer_client.get(place).status_code == 403
    assert viewer_client.post(place, _upload()).status_code == 403
    assert not Job.objects.exists()


def test_a_dataset_of_another_workspace_is_not_there(charlie_client: Client, place: str) -> None:
    assert charlie_client.get(place).status_code == 404
    assert charlie_client.post(place, _upload()).status_code == 404
    assert not File.objects.exists()


def test_a_deleted_dataset_takes_no_import(bob_client: Client, place: str) -> None:
    Dataset.objects.update(deleted_at=timezone.now())
    assert bob_client.post(place, _upload()).status_code == 404


def test_without_a_worker_the_page_says_so(bob_client: Client, place: str) -> None:
    assert NO_WORKER_HTML in bob_client.get(place).content.decode()
    Worker.objects.create(name="here", queues=["bulk"], seen_at=timezone.now())
    assert NO_WORKER_HTML not in bob_client.get(place).content.decode()


def test_the_page_takes_the_same_queries_for_many_files(
    bob_client: Client, workspace: Workspace, place: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        FileFactory.create(workspace=workspace)
    with django_assert_num_queries(6):  # session, user, memberships, dataset, files, workers
        page = bob_client.get(place)
    assert len(page.context["files"]) == 8
