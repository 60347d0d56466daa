from __future__ import annotations

import pytest

from datasets.models import Attachment, Dataset, Job
from files.models import File
from project.accounts.models import Workspace
from records.models import Record
from tests.api.chatbotkit.calls import Caller, refusal, said
from tests.factories.datasets import DatasetFactory
from tests.factories.files import FileFactory
from tests.jobs import finish_all


@pytest.fixture
def file(workspace: Workspace) -> File:
    return FileFactory.create(
        workspace=workspace, name="faq.csv", content=b"q,a\nWhen?,Now\nWhere?,Here\n", content_type="text/csv"
    )


@pytest.fixture
def path(dataset: Dataset, file: File) -> str:
    return f"/dataset/{dataset.id}/file/{file.id}"


@pytest.fixture
def other_dataset(dataset: Dataset) -> Dataset:
    return DatasetFactory.create(workspace=dataset.workspace, owner=dataset.owner)


@pytest.mark.parametrize("body", [{}, {"type": "source"}, {"type": None}, {"newer": 1}])
def test_attaching_twice_keeps_one_attachment(api: Caller, path: str, file: File, body: object) -> None:
    for _ in range(2):
        assert said(api.post(f"{path}/attach", body)) == {"id": str(file.id)}
    assert Attachment.objects.count() == 1
    assert Job.objects.count() == Record.objects.count() == 0


def test_another_type_of_attachment_is_refused(api: Caller, path: str) -> None:
    refusal(api.post(f"{path}/attach", {"type": "sink"}), 400, "BAD_REQUEST")
    refusal(api.post(f"{path}/detach", {"deleteRecords": "perhaps"}), 400, "BAD_REQUEST")


@pytest.mark.django_db(transaction=True)
def test_a_synced_file_is_listed_searched_and_told(
    api: Caller, path: str, file: File, dataset: Dataset
) -> None:
    said(api.post(f"{path}/attach"))
    assert said(api.post(f"{path}/sync")) == {"id": str(file.id)}
    finish_all()
    records = api.items(f"/dataset/{dataset.id}/record/list", order="asc")
    assert [record["text"] for record in records] == ["q: When?\na: Now", "q: Where?\na: Here"]
    assert {record["source"] for record in records} == {f"file:///{file.id}"}
    assert records[0]["meta"] == {"location": "row 2"}
    found = said(api.post(f"/dataset/{dataset.id}/search", {"search": "where"}))["records"]
    assert found[0]["id"] == records[1]["id"]
    events = api.items("/event/log/list", datasetId=str(dataset.id), fileId=str(file.id), order="asc")
    assert [event["type"] for event in events] == [
        "dataset.file.attach", "sync.file.accepted", "sync.file.started", "sync.file.completed",
    ]  # fmt: skip
    assert events[-1]["meta"]["records"] == 2


@pytest.mark.django_db(transaction=True)
def test_detaching_keeps_the_records_unless_told_otherwise(
    api: Caller, path: str, file: File, dataset: Dataset
) -> None:
    api.created(f"/dataset/{dataset.id}/record/create", {"text": "By hand"})
    said(api.post(f"{path}/attach"))
    said(api.post(f"{path}/sync"))
    finish_all()
    assert said(api.post(f"{path}/detach")) == {"id": str(file.id)}
    assert len(api.items(f"/dataset/{dataset.id}/record/list")) == 3
    said(api.post(f"{path}/attach"))
    assert said(api.post(f"{path}/detach", {"deleteRecords": True})) == {"id": str(file.id)}
    assert [row["text"] for row in api.items(f"/dataset/{dataset.id}/record/list")] == ["By hand"]
    assert Record.objects.count() == 1
    said(api.get(f"/file/{file.id}/fetch"))


def test_what_is_not_attached_can_be_neither_synced_nor_detached(
    api: Caller, path: str, dataset: Dataset
) -> None:
    for call in ("sync", "detach"):
        assert "attach it first" in refusal(api.post(f"{path}/{call}"), 404, "NOT_FOUND")
        refusal(api.post(f"/dataset/{dataset.id}/file/nothing/{call}"), 404, "NOT_FOUND")
    refusal(api.post(f"/dataset/{dataset.id}/file/nothing/attach"), 404, "NOT_FOUND")


def test_a_strangers_file_is_refused_in_ones_own_dataset(
    api: Caller, dataset: Dataset, stranger_workspace: Workspace
) -> None:
    theirs = FileFactory.create(workspace=stranger_workspace)
    for call in ("attach", "sync", "detach"):
        refusal(api.post(f"/dataset/{dataset.id}/file/{theirs.id}/{call}"), 403, "NOT_AUTHORIZED")


def test_a_file_is_synced_for_every_dataset_that_it_is_attached_to(
    api: Caller, path: str, file: File, dataset: Dataset, other_dataset: Dataset
) -> None:
    assert said(api.post(f"/file/{file.id}/sync")) == {"id": str(file.id)}
    assert Job.objects.count() == 0
    said(api.post(f"{path}/attach"))
    said(api.post(f"/dataset/{other_dataset.id}/file/{file.id}/attach"))
    for _ in range(2):
        said(api.post(f"/file/{file.id}/sync"))
    assert set(Job.objects.values_list("dataset", flat=True)) == {dataset.id, other_dataset.id}
    assert Job.objects.count() == 2


def test_a_bound_key_syncs_what_is_attached_and_attaches_nothing(
    api: Caller, bound_api: Caller, path: str, file: File
) -> None:
    refusal(bound_api.post(f"{path}/attach"), 403, "NOT_AUTHORIZED")
    refusal(bound_api.post(f"{path}/sync"), 403, "NOT_AUTHORIZED")
    said(api.post(f"{path}/attach"))
    said(bound_api.post(f"{path}/sync"))
    said(bound_api.post(f"{path}/detach"))
    refusal(bound_api.post(f"/file/{file.id}/sync"), 403, "NOT_AUTHORIZED")
