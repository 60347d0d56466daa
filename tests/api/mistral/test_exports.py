from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from datasets.models import Dataset
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib.signing import sign_link
from records.actions import add_records
from records.downloads import export_path
from records.models import Record
from tests.api.mistral.calls import Caller, refusal, said
from tests.api.mistral.jobs import run_job
from tests.factories.datasets import DatasetFactory
from tests.factories.files import FileFactory
from tests.factories.records import RecordDraftFactory


def export_url(api: Caller, dataset: Dataset) -> str:
    body = said(api.get(f"/datasets/{dataset.id}/exports/to-jsonl"))
    assert set(body) == {"file_url"}
    return str(body["file_url"])


def fetch(url: str) -> Any:
    """As curl or a browser would, without a key."""
    return Client().get(urlsplit(url).path)


def body_of(response: Any) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return response.getvalue()


def test_the_address_is_absolute_and_opens_without_a_key(
    api: Caller, dataset: Dataset, records: Sequence[Record]
) -> None:
    url = export_url(api, dataset)
    assert url.startswith("http://testserver/downloads/exports/")
    response = fetch(url)
    lines = [orjson.loads(line) for line in body_of(response).splitlines()]
    assert len(lines) == 3
    assert response["Content-Disposition"] == 'attachment; filename="support.jsonl"'
    assert response["Content-Type"] == "application/jsonl"


def test_an_empty_dataset_is_an_empty_file(api: Caller, dataset: Dataset) -> None:
    assert body_of(fetch(export_url(api, dataset))) == b""


def test_the_link_is_pinned_to_the_records_of_its_making(
    api: Caller, dataset: Dataset, author: Author, records: Sequence[Record]
) -> None:
    before = body_of(fetch(url := export_url(api, dataset)))
    add_records(dataset, RecordDraftFactory.build_batch(2), author=author)
    api.put(f"/dataset-records/{records[0].id}/payload", {"payload": {"messages": []}})
    assert body_of(fetch(url)) == before
    assert len(body_of(fetch(export_url(api, dataset))).splitlines()) == 5


def test_an_exported_file_imports_with_equal_result(
    api: Caller, dataset: Dataset, workspace: Workspace, records: Sequence[Record]
) -> None:
    payload = {
        "messages": [{"role": "user", "content": 'Back\\slash, "quote",\ttab\n, \x01, ü, 😀'}],
        "properties": {"inner": 1},
        "payload": {"inner": 2},
    }
    api.post(f"/datasets/{dataset.id}/records", {"payload": payload, "properties": {"a": [None, 1.5]}})
    odd = b'{"payload":{"messages":[],"n":123456789012345678901,"s":"\\ud800\\u0000"}}'
    assert api.post(f"/datasets/{dataset.id}/records", odd).status_code == 201
    content = body_of(fetch(export_url(api, dataset)))
    target = DatasetFactory.create(workspace=workspace, owner=dataset.owner)
    file = FileFactory.create(workspace=workspace, content=content)
    path = f"/datasets/{target.id}"
    task = said(api.post(f"{path}/imports/from-file", {"file_id": str(file.id)}), 202)
    run_job(task["id"])
    assert said(api.get(f"{path}/tasks/{task['id']}"))["status"] == "COMPLETED"
    assert contents(target) == contents(dataset)


def contents(dataset: Dataset) -> list[tuple[Any, Any]]:
    return [(record.as_payload, record.meta) for record in Record.objects.in_dataset(dataset).in_order()]


def test_the_head_of_a_link_answers_without_making_the_file(
    api: Caller, dataset: Dataset, records: Sequence[Record]
) -> None:
    response = Client().head(urlsplit(export_url(api, dataset)).path)
    assert (response.status_code, response.content) == (200, b"")


def test_an_expired_link_says_so(dataset: Dataset) -> None:
    path = export_path(dataset, expires_at=timezone.now() - timedelta(seconds=1))
    response = Client().get(path)
    assert (response.status_code, response.content) == (403, b"This link has expired; ask for a new one.")


@pytest.mark.parametrize("token", ["x", "x.y", "a" * 5000, "%00", "..", "W10.YQ"])
def test_a_made_up_link_says_so(client: Client, db: None, token: str) -> None:
    response = client.get(f"/downloads/exports/{token}")
    assert response.status_code == 403
    assert response.content == b"This link is not valid; ask for a new one."


def test_a_link_to_a_file_opens_no_dataset(dataset: Dataset) -> None:
    parts = [str(dataset.workspace_id), str(dataset.id), "0"]
    token = sign_link("file", parts, expires_at=timezone.now() + timedelta(hours=1))
    assert Client().get(f"/downloads/exports/{token}").status_code == 403


def test_a_link_to_a_deleted_dataset_is_not_found(api: Caller, dataset: Dataset) -> None:
    url = export_url(api, dataset)
    api.delete(f"/datasets/{dataset.id}")
    response = fetch(url)
    assert (response.status_code, response.content) == (404, b"This dataset was deleted.")


def test_a_key_without_the_scope_exports_nothing(reader_api: Caller, dataset: Dataset) -> None:
    message = refusal(reader_api.get(f"/datasets/{dataset.id}/exports/to-jsonl"), 403, "AUTH_FORBIDDEN")
    assert "export" in message
