from __future__ import annotations

import base64
import io
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from datasets.models import Event
from files.actions import delete_file
from files.models import File, FileVersion, Upload
from project.accounts.models import Workspace
from project.lib.signing import sign_link
from tests.api.chatbotkit.calls import PREFIX, Caller, refusal, said
from tests.files.hostile_server import HOST, running_server

LIMIT = 4_718_592  # 4.5 MB.


@pytest.fixture
def file(api: Caller) -> File:
    """Without content."""
    return File.objects.get(pk=api.created("/file/create", {"name": "faq.txt"}))


@pytest.fixture
def path(file: File) -> str:
    return f"/file/{file.id}/upload"


def content_of(api: Caller, file: File) -> tuple[bytes, str]:
    response: Any = api.get(f"/file/{file.id}/download")
    assert response.status_code == 200
    return b"".join(response.streaming_content), response["Content-Type"]


def raw(api: Caller, path: str, body: bytes, content_type: str) -> HttpResponse:
    return api.client.generic("POST", PREFIX + path, body, content_type)  # type: ignore[return-value]


def put(url: str, body: bytes, content_type: str = "application/octet-stream") -> HttpResponse:
    """As a client does it that has nothing but the address."""
    parts = urlsplit(url)
    return Client().generic("PUT", f"{parts.path}?{parts.query}", body, content_type)  # type: ignore[return-value]


def announced(api: Caller, path: str, size: int, **said_of_it: Any) -> dict[str, Any]:
    answer = said(api.post(path, {"file": {"type": "text/csv", "size": size, **said_of_it}}))
    assert set(answer) == {"id", "uploadRequest"}
    request: dict[str, Any] = answer["uploadRequest"]
    assert set(request) == {"method", "url", "headers"}
    assert request["method"] == "PUT"
    return request


@pytest.mark.parametrize("start", ["/file", "/dataset/file"])
def test_a_file_is_made_on_both_paths(api: Caller, start: str) -> None:
    body = {"alias": "faq", "name": "faq.txt", "description": "All", "meta": {"a": 1}, "visibility": "public"}
    file_id = api.created(f"{start}/create", {**body, "blueprintId": "blu", "unknown": 1})
    fetched = said(api.get(f"/file/{file_id}/fetch"))
    assert {name: fetched[name] for name in body} == body
    assert fetched["blueprintId"] == "blu"


def test_nothing_needs_to_be_said_of_a_file(api: Caller) -> None:
    fetched = said(api.get(f"/file/{api.created('/file/create', {})}/fetch"))
    assert (fetched["name"], fetched["alias"], fetched["visibility"]) == ("", None, "private")


def test_an_update_changes_what_it_names(api: Caller, file: File) -> None:
    before = said(api.get(f"/file/{file.id}/fetch"))
    patch = {"alias": "faq", "meta": {"$update": {"a": 1}}, "description": None}
    assert said(api.post(f"/file/{file.id}/update", patch)) == {"id": str(file.id)}
    after = said(api.get(f"/file/{file.id}/fetch"))
    assert (after["name"], after["alias"], after["meta"]) == ("faq.txt", "faq", {"a": 1})
    assert after["createdAt"] == before["createdAt"]
    assert after["updatedAt"] > before["updatedAt"]


def test_an_alias_that_another_file_has_is_a_conflict(api: Caller, file: File) -> None:
    api.created("/file/create", {"alias": "faq"})
    assert "alias faq" in refusal(api.post("/file/create", {"alias": "faq"}), 409, "CONFLICT")
    refusal(api.post(f"/file/{file.id}/update", {"alias": "faq"}), 409, "CONFLICT")


@pytest.mark.parametrize(
    "body", [{"alias": "Not One"}, {"visibility": "all"}, {"name": 1}, {"name": "x" * 256}, {"meta": []}]
)
def test_values_that_cannot_be_kept_are_refused(api: Caller, file: File, body: dict[str, Any]) -> None:
    refusal(api.post("/file/create", body), 400, "BAD_REQUEST")
    refusal(api.post(f"/file/{file.id}/update", body), 400, "BAD_REQUEST")
    assert File.objects.count() == 1


def test_a_bound_key_makes_and_fills_no_files(bound_api: Caller, path: str) -> None:
    refusal(bound_api.post("/file/create"), 403, "NOT_AUTHORIZED")
    refusal(bound_api.post(path, {"file": "data:,Hi"}), 403, "NOT_AUTHORIZED")


def test_a_data_url_is_the_content(api: Caller, file: File, path: str) -> None:
    assert said(api.post(path, {"file": "data:text/csv;base64,YSxiCg=="})) == {"id": str(file.id)}
    assert content_of(api, file) == (b"a,b\n", "text/csv")


def test_what_an_address_gives_is_the_content(api: Caller, file: File, path: str, settings: Settings) -> None:
    with running_server() as server:
        refusal(api.post(path, {"file": f"{server.url}/docs"}), 400, "BAD_REQUEST")
        settings.FETCH_PRIVATE_ADDRESSES = [ip_network(f"{HOST}/32")]
        refusal(api.post(path, {"file": f"{server.url}/status/500"}), 400, "BAD_REQUEST")
        refusal(api.post(path, {"file": f"{server.url}/endless"}), 413, "CONTENT_TOO_LARGE")
        assert not FileVersion.objects.exists()
        assert said(api.post(path, {"file": f"{server.url}/docs"})) == {"id": str(file.id)}
    assert content_of(api, file) == (b"Hello", "text/plain")


@pytest.mark.parametrize("name", ["résumé.txt", 'quo"ted.csv', ""])
def test_a_form_part_is_the_content(api: Caller, path: str, file: File, name: str) -> None:
    File.objects.update(name="")
    part = SimpleUploadedFile(name or "x", b"Hi", content_type="text/csv")
    assert said(api.client.post(PREFIX + path, {"file": part})) == {"id": str(file.id)}  # type: ignore[arg-type]
    assert content_of(api, file) == (b"Hi", "text/csv")
    file.refresh_from_db()
    assert file.name == (name or "x")


def test_a_name_that_no_header_can_say_is_saved_without_that(api: Caller, file: File, path: str) -> None:
    said(api.post(path, {"file": "data:,Hi"}))
    said(api.post(f"/file/{file.id}/update", {"name": "a\r\nb\x01/c.txt"}))
    assert said(api.get(f"/file/{file.id}/fetch"))["name"] == "a\r\nb\x01/c.txt"
    response = api.get(f"/file/{file.id}/download")
    assert response["Content-Disposition"].isprintable()
    response.close()


@pytest.mark.parametrize(
    ("content_type", "kept"),
    [
        ("text/markdown; charset=utf-8", "text/markdown"),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
        ("", "application/octet-stream"),
    ],
)
def test_any_other_body_is_the_content(
    api: Caller, path: str, file: File, content_type: str, kept: str
) -> None:
    assert said(raw(api, path, b"a=1&b=2", content_type)) == {"id": str(file.id)}
    assert content_of(api, file) == (b"a=1&b=2", kept)


def test_a_second_upload_replaces_the_first_and_keeps_its_version(api: Caller, path: str, file: File) -> None:
    before = said(api.get(f"/file/{file.id}/fetch"))["updatedAt"]
    for text in ("one", "two"):
        said(api.post(path, {"file": f"data:,{text}"}))
    assert content_of(api, file)[0] == b"two"
    assert said(api.get(f"/file/{file.id}/fetch"))["updatedAt"] > before
    assert list(FileVersion.objects.order_by("number").values_list("number", "size_bytes")) == [
        (1, 3),
        (2, 3),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"file": None},
        {"file": 1},
        {"file": ""},
        {"file": "hello"},
        {"file": "ftp://example.com/a"},
        {"file": "file:///etc/passwd"},
        {"file": "data:text/plain;base64"},
        {"file": "data:;base64,!"},
        {"file": {}},
        {"file": {"type": "text/csv"}},
        {"file": {"size": 1}},
        {"file": {"type": "text/csv", "size": -1}},
        {"file": {"type": "text/csv", "size": "1"}},
        {"file": {"type": None, "size": 1}},
        [],
        b"{",
    ],
)
def test_a_body_that_names_no_content_is_refused(api: Caller, path: str, file: File, body: Any) -> None:
    refusal(api.call("POST", path, body), 400, "BAD_REQUEST")
    assert not Upload.objects.exists()
    assert not FileVersion.objects.exists()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "file is required."),
        ({"file": 1}, "file should be a valid string."),
        ({"file": "\x00"}, "file should have no NUL character and no half of a surrogate pair."),
        ({"file": {}}, "file.type is required; file.size is required."),
        ({"file": {"type": "", "size": -1}}, "file.size should be greater than or equal to 0."),
        ([], "the body should be a JSON object."),
    ],
)
def test_a_refusal_names_what_was_sent(api: Caller, path: str, body: Any, sentence: str) -> None:
    assert refusal(api.call("POST", path, body), 400, "BAD_REQUEST") == sentence


def test_a_form_without_the_part_is_refused(api: Caller, path: str) -> None:
    response: Any = api.client.post(PREFIX + path, {"other": SimpleUploadedFile("a", b"x"), "file": "text"})
    assert "part with the name file" in refusal(response, 400, "BAD_REQUEST")


def test_the_limit_counts_the_bytes_of_the_file(api: Caller, path: str, file: File) -> None:
    most = b"x" * LIMIT
    spelled = base64.b64encode(most).decode()
    for response in (
        raw(api, path, most, "text/plain"),
        api.client.post(PREFIX + path, {"file": SimpleUploadedFile("a", most)}),
        api.post(path, {"file": f"data:;base64,{spelled}"}),
    ):
        assert said(response) == {"id": str(file.id)}  # type: ignore[arg-type]
    more = most + b"x"
    for response in (
        raw(api, path, more, "text/plain"),
        api.client.post(PREFIX + path, {"file": SimpleUploadedFile("a", more)}),
        api.post(path, {"file": f"data:;base64,{base64.b64encode(more).decode()}"}),
    ):
        refusal(response, 413, "CONTENT_TOO_LARGE")  # type: ignore[arg-type]
    assert FileVersion.objects.count() == 3


def test_a_body_far_over_the_limit_is_not_read(api: Caller, path: str) -> None:
    for content_type in ("text/plain", "multipart/form-data; boundary=x", "application/json"):
        api.client.defaults["wsgi.input"] = io.BytesIO()  # type: ignore[assignment]
        length = str(15 * 2**20)
        response: Any = api.client.generic("POST", PREFIX + path, b"", content_type, CONTENT_LENGTH=length)
        refusal(response, 413, "CONTENT_TOO_LARGE")


def test_a_direct_upload_says_how_to_send_it(api: Caller, path: str) -> None:
    request = announced(api, path, 10485760, name="Q&A list.csv")
    assert request["url"].startswith("http://testserver/api/v1/upload?")
    assert request["headers"] == {
        "Content-Length": "10485760",
        "Content-Type": "text/csv",
        "Content-Disposition": "attachment; filename=Q%26A%20list.csv",
    }
    assert announced(api, path, 1, type="", name="a.pdf")["headers"]["Content-Type"] == "application/pdf"
    assert "Content-Disposition" not in announced(api, path, 1, name=None)["headers"]


def test_what_is_put_becomes_the_content_with_the_announced_type(api: Caller, path: str, file: File) -> None:
    url = announced(api, path, 5)["url"]
    assert said(put(url, b"a,b\n\n", "application/octet-stream, text/csv")) == {"id": str(file.id)}
    assert content_of(api, file) == (b"a,b\n\n", "text/csv")


def test_the_address_follows_the_public_one(api: Caller, path: str, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://winnow.example.org"
    assert announced(api, path, 1)["url"].startswith("https://winnow.example.org/api/v1/upload?")


def test_a_put_may_be_repeated(api: Caller, path: str, file: File) -> None:
    url = announced(api, path, 3)["url"]
    for body in (b"one", b"one", b"two"):
        said(put(url, body))
    assert content_of(api, file)[0] == b"two"
    assert FileVersion.objects.count() == 2
    uploads = Event.objects.filter(type="file.upload").order_by("id")
    assert [event.meta["version"] for event in uploads] == [1, 2]


@pytest.mark.parametrize(("body", "status", "code"), [
    (b"toolong", 413, "CONTENT_TOO_LARGE"), (b"no", 400, "BAD_REQUEST"), (b"", 400, "BAD_REQUEST"),
])  # fmt: skip
def test_another_size_is_refused(
    api: Caller, path: str, file: File, body: bytes, status: int, code: str
) -> None:
    url = announced(api, path, 3)["url"]
    assert "announced with 3 bytes" in refusal(put(url, body), status, code)
    assert not FileVersion.objects.exists()
    said(put(url, b"yes"))


def test_only_a_signed_address_in_its_time_takes_bytes(api: Caller, path: str) -> None:
    url = announced(api, path, 3)["url"]
    upload = Upload.objects.get()
    gone = sign_link("upload", [str(upload.id)], expires_at=timezone.now() - timedelta(seconds=1))
    other = sign_link("file", [str(upload.id)], expires_at=timezone.now() + timedelta(hours=1))
    for bad in ("/api/v1/upload", f"{url}x", f"/api/v1/upload?token={gone}", f"/api/v1/upload?token={other}"):
        refusal(put(bad, b"yes"), 403, "NOT_AUTHORIZED")
    assert not FileVersion.objects.exists()


def test_an_upload_for_a_file_that_is_gone_is_refused(api: Caller, path: str, file: File) -> None:
    url = announced(api, path, 3)["url"]
    delete_file(file)
    refusal(put(url, b"yes"), 404, "NOT_FOUND")


def test_more_than_the_site_takes_is_not_announced(api: Caller, path: str, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    assert "limit is 10" in refusal(
        api.post(path, {"file": {"type": "", "size": 11}}), 413, "CONTENT_TOO_LARGE"
    )
    assert not Upload.objects.exists()


def test_what_happens_to_a_file_is_in_the_log(
    api: Caller, file: File, path: str, workspace: Workspace
) -> None:
    said(api.post(path, {"file": "data:text/csv,a"}))
    said(api.post(f"/file/{file.id}/update", {"name": "b.csv"}))
    said(api.post(f"/file/{file.id}/update", {"name": "b.csv"}))
    said(api.post(f"/file/{file.id}/delete"))
    events = api.items("/event/log/list", fileId=str(file.id), order="asc")
    assert [(event["type"], event["meta"]) for event in events] == [
        ("file.create", {"name": "faq.txt"}),
        ("file.upload", {"name": "faq.txt", "version": 1, "size": 1, "type": "text/csv"}),
        ("file.update", {"name": "b.csv"}),
        ("file.delete", {"name": "b.csv"}),
    ]
