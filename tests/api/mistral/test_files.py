from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from files.downloads import file_path
from files.models import File
from project.accounts.actions import create_key
from project.accounts.models import User, Workspace
from tests.api.mistral.calls import Caller, refusal, said
from tests.factories.files import FileFactory

UNKNOWN = "00000000-0000-7000-8000-000000000000"
CONTENT = b'{"messages": []}\n'


def named(name: str, content: bytes = CONTENT) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")


def listed(api: Caller, **query: Any) -> list[str]:
    return [row["filename"] for row in said(api.get("/v1/files", **query))["data"]]


@pytest.fixture
def file(workspace: Workspace, alice: User) -> File:
    return FileFactory.create(workspace=workspace, created_by=alice, name="a.jsonl", content=CONTENT)


def test_an_uploaded_file_is_stored_and_said_back(api: Caller, alice: User) -> None:
    body = said(api.upload(named("Gespräche 世界.jsonl"), visibility="workspace"))
    file = File.objects.get()
    assert body == {
        "id": str(file.id),
        "object": "file",
        "bytes": len(CONTENT),
        "created_at": int(file.created_at.timestamp()),
        "filename": "Gespräche 世界.jsonl",
        "purpose": "fine-tune",
        "sample_type": "instruct",
        "source": "upload",
        "num_lines": None,
        "mimetype": "application/octet-stream",
        "signature": file.sha256,
        "expires_at": None,
        "visibility": "workspace",
    }
    assert file.created_by == alice
    with file.open() as content:
        assert content.read() == CONTENT


def test_what_the_parts_ask_for_is_kept(api: Caller, db: None) -> None:
    body = said(api.upload(named("a.jsonl"), expiry="2", visibility="user", purpose="evaluation"))
    assert (body["purpose"], body["visibility"]) == ("evaluation", "user")
    assert 7190 <= body["expires_at"] - body["created_at"] <= 7200


def test_an_empty_file_is_a_file(api: Caller, db: None) -> None:
    assert said(api.upload(named("empty.jsonl", b"")))["bytes"] == 0


def test_a_big_upload_is_moved_and_not_read_into_memory(api: Caller, db: None) -> None:
    body = said(api.upload(named("big.jsonl", CONTENT * 300_000)))
    assert body["bytes"] == len(CONTENT) * 300_000


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"expiry": "soon"}, "expiry should be a valid integer"),
        ({"expiry": "0"}, "expiry should be greater than or equal to 1"),
        ({"expiry": "9" * 30}, "expiry should be less than or equal to"),
        ({"visibility": "everybody"}, "visibility should be"),
        ({"purpose": "p" * 41}, "purpose should have at most 40 characters"),
        ({"purpose": "p\x00"}, "purpose should have no NUL character"),
    ],
)
def test_a_bad_part_is_named(api: Caller, db: None, parts: dict[str, str], words: str) -> None:
    assert words in refusal(api.upload(named("a.jsonl"), **parts), 422, "VALIDATION_ERROR")
    assert not File.objects.exists()


def test_an_upload_without_a_file_is_refused(api: Caller, db: None) -> None:
    response = api.client.post("/v1/files", {"purpose": "batch"})
    assert refusal(response, 422, "VALIDATION_ERROR") == "file is required."  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x"],
)
def test_an_upload_of_another_form_is_refused(api: Caller, db: None, content_type: str) -> None:
    response = api.client.generic("POST", "/v1/files", CONTENT, content_type)
    refusal(response, 422, "VALIDATION_ERROR")  # type: ignore[arg-type]


def test_the_list_counts_its_pages_from_nothing(api: Caller, workspace: Workspace) -> None:
    for name in "abc":
        FileFactory.create(workspace=workspace, name=name)
    body = said(api.get("/v1/files"))
    assert (body["object"], body["total"]) == ("list", 3)
    assert listed(api, page=0, page_size=2) == ["c", "b"]
    assert listed(api, page=1, page_size=2) == ["a"]
    assert listed(api, page=1_000_000) == []
    assert said(api.get("/v1/files", include_total="false"))["total"] is None


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"search": "CHAT"}, ["chats.jsonl"]),
        ({"purpose": "batch"}, ["requests.jsonl"]),
        ({"purpose": "fine-tune"}, ["chats.jsonl"]),
        ({"sample_type": ["instruct"]}, ["chats.jsonl"]),
        ({"sample_type": ["batch_request", "instruct"]}, ["requests.jsonl", "chats.jsonl"]),
        ({"sample_type": ["pretrain"]}, []),
        ({"source": ["upload", "mistral"]}, ["requests.jsonl", "chats.jsonl"]),
        ({"source": "repository"}, []),
        ({"mimetypes": ["text/csv"]}, ["requests.jsonl"]),
    ],
)
def test_the_list_is_narrowed(
    api: Caller, workspace: Workspace, query: dict[str, Any], names: list[str]
) -> None:
    FileFactory.create(workspace=workspace, name="chats.jsonl")
    FileFactory.create(workspace=workspace, name="requests.jsonl", purpose="batch", content_type="text/csv")
    assert listed(api, **query) == names


@pytest.mark.parametrize("query", [{"page": -1}, {"page_size": 0}, {"page_size": 1001}, {"search": "\x00"}])
def test_the_list_keeps_to_its_bounds(api: Caller, db: None, query: dict[str, Any]) -> None:
    refusal(api.get("/v1/files", **query), 422, "VALIDATION_ERROR")


def test_the_list_costs_three_queries_at_any_length(
    api: Caller, workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    said(api.get("/v1/files"))
    FileFactory.create_batch(12, workspace=workspace)
    with django_assert_num_queries(3):  # The key, the page, the total.
        assert len(listed(api)) == 12


def test_a_file_is_retrieved_and_then_deleted(api: Caller, file: File) -> None:
    body = said(api.get(f"/v1/files/{file.id}"))
    assert (body["filename"], body["deleted"]) == ("a.jsonl", False)
    assert said(api.delete(f"/v1/files/{file.id}")) == {"id": str(file.id), "object": "file", "deleted": True}
    for method, part in (("GET", ""), ("DELETE", ""), ("GET", "/content"), ("GET", "/url")):
        refusal(api.call(method, f"/v1/files/{file.id}{part}"), 404, "FILE_NOT_FOUND")
    assert listed(api) == []


def test_the_content_is_streamed_as_bytes(api: Caller, file: File) -> None:
    response: Any = api.get(f"/v1/files/{file.id}/content")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Length"] == str(len(CONTENT))
    assert response.getvalue() == CONTENT


def test_content_that_storage_lost_is_not_found(api: Caller, file: File) -> None:
    default_storage.delete(file.storage_name)
    assert "gone from storage" in refusal(api.get(f"/v1/files/{file.id}/content"), 404, "FILE_NOT_FOUND")


def test_a_signed_address_opens_without_a_key(api: Caller, file: File) -> None:
    url = said(api.get(f"/v1/files/{file.id}/url", expiry=1))["url"]
    assert url.startswith("http://testserver/downloads/files/")
    response: Any = Client().get(urlsplit(url).path)
    assert response.getvalue() == CONTENT
    assert response["Content-Disposition"] == 'attachment; filename="a.jsonl"'
    api.delete(f"/v1/files/{file.id}")
    gone = Client().get(urlsplit(url).path)
    assert (gone.status_code, gone.content) == (404, b"This file was deleted.")


def test_a_signed_address_ends(file: File) -> None:
    path = file_path(file, expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(path).content == b"This link has expired; ask for a new one."


@pytest.mark.parametrize("hours", [0, 169, "a day"])
def test_a_signed_address_lasts_an_hour_to_a_week(api: Caller, file: File, hours: object) -> None:
    refusal(api.get(f"/v1/files/{file.id}/url", expiry=hours), 422, "VALIDATION_ERROR")


def test_a_page_that_was_uploaded_is_never_shown(api: Caller, workspace: Workspace) -> None:
    page = FileFactory.create(
        workspace=workspace, name="x.html", content=b"<script>", content_type="text/html"
    )
    response: Any = Client().get(urlsplit(said(api.get(f"/v1/files/{page.id}/url"))["url"]).path)
    assert response.getvalue() == b"<script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_expired_file_is_gone(api: Caller, workspace: Workspace) -> None:
    past = FileFactory.create(workspace=workspace, expires_at=timezone.now() - timedelta(seconds=1))
    assert listed(api) == []
    refusal(api.get(f"/v1/files/{past.id}"), 404, "FILE_NOT_FOUND")


def test_a_file_for_oneself_is_hidden_from_colleagues(
    api: Caller, workspace: Workspace, alice: User, bob: User
) -> None:
    file_id = said(api.upload(named("diary.jsonl"), visibility="user"))["id"]
    colleague = Caller(create_key(workspace, user=bob)[1])
    assert listed(api) == ["diary.jsonl"]
    assert listed(colleague) == []
    refusal(colleague.get(f"/v1/files/{file_id}/content"), 404, "FILE_NOT_FOUND")


def test_a_key_bound_to_a_dataset_reaches_no_files(bound_api: Caller, file: File) -> None:
    refusal(bound_api.get("/v1/files"), 403, "AUTH_FORBIDDEN")
    refusal(bound_api.get(f"/v1/files/{file.id}"), 403, "AUTH_FORBIDDEN")
    refusal(bound_api.upload(named("a.jsonl")), 403, "AUTH_FORBIDDEN")


def test_unknown_and_malformed_ids_are_told_apart(api: Caller, db: None) -> None:
    refusal(api.get(f"/v1/files/{UNKNOWN}"), 404, "FILE_NOT_FOUND")
    refusal(api.get("/v1/files/abc"), 422, "VALIDATION_ERROR")
