from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from datasets.models import Attachment, Dataset
from files.models import File, Sharing
from project.accounts.models import Workspace
from tests.api.chatbotkit.calls import Caller, refusal, said
from tests.factories.files import FileFactory


@pytest.fixture
def file(workspace: Workspace) -> File:
    return FileFactory.create(workspace=workspace, name="faq.txt", content=b"Hi", content_type="text/plain")


@pytest.fixture
def attached(file: File, dataset: Dataset) -> File:
    Attachment.objects.create(dataset=dataset, file=file)
    return file


def content_of(response: Any) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_a_file_is_fetched_by_id_or_alias(api: Caller, file: File) -> None:
    File.objects.filter(pk=file.pk).update(alias="faq", meta={"a": 1}, extras={"blueprint_id": "blu"})
    fetched = said(api.get(f"/file/{file.id}/fetch"))
    assert fetched == {
        "id": str(file.id),
        "alias": "faq",
        "name": "faq.txt",
        "description": "",
        "meta": {"a": 1},
        "blueprintId": "blu",
        "visibility": "private",
        "createdAt": fetched["createdAt"],
        "updatedAt": fetched["updatedAt"],
    }
    assert isinstance(fetched["createdAt"], int)
    assert said(api.get("/file/@faq/fetch")) == fetched


def test_files_are_listed_by_meta(api: Caller, file: File, workspace: Workspace) -> None:
    other = FileFactory.create(workspace=workspace)
    File.objects.filter(pk=file.pk).update(meta={"kind": "faq"})
    assert [row["id"] for row in api.items("/file/list")] == [str(other.id), str(file.id)]
    assert [row["id"] for row in api.streamed("/file/list", **{"meta.kind": "faq"})] == [str(file.id)]


def test_a_datasets_files_are_listed(
    api: Caller, bound_api: Caller, attached: File, dataset: Dataset
) -> None:
    path = f"/dataset/{dataset.id}/file/list"
    FileFactory.create(workspace=attached.workspace)
    for caller in (api, bound_api):
        assert [row["id"] for row in caller.items(path)] == [str(attached.id)]
    assert api.items(path, **{"meta.kind": "x"}) == []
    assert api.streamed(path) == api.items(path)
    said(api.post(f"/file/{attached.id}/delete"))
    assert api.items(path) == []


def test_a_download_is_the_bytes_with_their_type(api: Caller, file: File) -> None:
    response = api.get(f"/file/{file.id}/download", accept="*/*")
    assert response["Content-Type"] == "text/plain"
    assert response["Content-Disposition"] == 'attachment; filename="faq.txt"'
    assert content_of(response) == b"Hi"


def test_who_asks_for_json_gets_a_link_that_needs_no_key(api: Caller, file: File) -> None:
    link = said(api.get(f"/file/{file.id}/download", accept="application/json"))
    assert set(link) == {"url"}
    assert link["url"].startswith("http://testserver/")
    assert content_of(Client().get(link["url"])) == b"Hi"


def test_a_file_without_content_says_so(api: Caller, workspace: Workspace) -> None:
    empty = File.objects.create(workspace=workspace, name="empty")
    assert api.get(f"/file/{empty.id}/download").status_code == 204
    refusal(api.get(f"/file/{empty.id}/download", accept="application/json"), 404, "NOT_FOUND")


def test_only_a_public_file_needs_no_key(file: File, stranger_api: Caller) -> None:
    path = f"/file/{file.id}/download"
    nobody = Caller(None)
    refusal(nobody.get(path), 401, "NOT_AUTHENTICATED")
    refusal(stranger_api.get(path), 403, "NOT_AUTHORIZED")
    File.objects.update(sharing=Sharing.PUBLIC)
    assert content_of(nobody.get(path)) == b"Hi"
    assert content_of(stranger_api.get(path)) == b"Hi"
    refusal(Caller("wrong").get(path), 401, "NOT_AUTHENTICATED")
    refusal(nobody.get(f"/file/{file.id}/fetch"), 401, "NOT_AUTHENTICATED")
    File.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    refusal(nobody.get(path), 401, "NOT_AUTHENTICATED")


def test_a_deleted_file_is_gone(api: Caller, file: File) -> None:
    assert said(api.post(f"/file/{file.id}/delete")) == {"id": str(file.id)}
    for response in (
        api.get(f"/file/{file.id}/fetch"),
        api.get(f"/file/{file.id}/download"),
        api.post(f"/file/{file.id}/delete"),
        api.get("/file/abc/fetch"),
    ):
        refusal(response, 404, "NOT_FOUND")
    assert api.items("/file/list") == []


def test_a_bound_key_opens_no_files(bound_api: Caller, file: File) -> None:
    refusal(bound_api.get(f"/file/{file.id}/fetch"), 403, "NOT_AUTHORIZED")
    refusal(bound_api.get("/file/list"), 403, "NOT_AUTHORIZED")
