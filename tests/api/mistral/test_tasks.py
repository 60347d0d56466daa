from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from datasets.jobs import JobRun
from datasets.models import Dataset, Job
from project.accounts.models import User, Workspace
from project.api.mistral.schemas.tasks import progress_of
from records import embeddings, words
from records.importing import FileImport
from tests.api.mistral.calls import Caller, refusal, said
from tests.factories.datasets import DatasetFactory, JobFactory
from tests.factories.files import FileFactory
from tests.jobs import claim

UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("status", "theirs"),
    [
        ("queued", "RUNNING"),
        ("running", "RUNNING"),
        ("cancelling", "RUNNING"),
        ("completed", "COMPLETED"),
        ("failed", "FAILED"),
        ("cancelled", "CANCELED"),
    ],
)
def test_each_status_has_the_vendors_word(api: Caller, dataset: Dataset, status: str, theirs: str) -> None:
    job = JobFactory.create(dataset=dataset, status=status)
    assert said(api.get(f"/datasets/{dataset.id}/tasks/{job.id}"))["status"] == theirs
    assert set(Job.Status.values) == {
        "queued",
        "running",
        "cancelling",
        "completed",
        "failed",
        "cancelled",
    }


@pytest.mark.parametrize(
    ("values", "percent"),
    [
        ({"status": "queued"}, 0),
        ({"phase": "Reading the file", "total": None}, 0),
        ({"phase": "Reading the file", "done": 50, "total": 100}, 35),
        ({"phase": "Reading the file", "done": 100, "total": 100}, 70),
        ({"phase": words.PHASE.name, "done": 0, "total": 100}, 70),
        ({"phase": words.PHASE.name, "done": 100, "total": 100}, 85),
        ({"phase": embeddings.PHASE.name, "done": 0, "total": 100}, 85),
        ({"phase": embeddings.PHASE.name, "done": 99, "total": 100}, 99),
        ({"phase": embeddings.PHASE.name, "done": 100, "total": 100}, 99),
        ({"phase": "Taking back", "done": 1, "total": 100, "failure": "Line 1"}, None),
        ({"status": "cancelling", "done": 1, "total": 100}, None),
        ({"status": "failed", "done": 1, "total": 100}, None),
        ({"status": "completed"}, 100),
    ],
)
def test_progress_is_of_the_whole_and_a_hundred_only_at_the_end(
    values: dict[str, Any], percent: int | None
) -> None:
    assert progress_of(Job(**{"status": "running", **values})) == percent


class WatchedRun(JobRun):
    """Notes what the dialect would say of the job after each of its steps."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.seen: list[int | None] = []

    @contextmanager
    def step(self) -> Iterator[Job]:
        with super().step() as job:
            yield job
        self.seen.append(progress_of(job))


def test_progress_never_falls_during_a_real_import(
    api: Caller, dataset: Dataset, workspace: Workspace
) -> None:
    file = FileFactory.create(workspace=workspace, content=b'{"messages": []}\n' * 12_000)
    task = said(api.post(f"/datasets/{dataset.id}/imports/from-file", {"file_id": str(file.id)}), 202)
    job = claim(Job.objects.get(pk=task["id"]))
    run = WatchedRun(job)
    FileImport().run(run)
    numbers = [-1 if number is None else number for number in run.seen]
    assert numbers == sorted(numbers)
    assert len(numbers) > 5
    assert {0, 70, 99} <= set(numbers)


def test_the_list_holds_the_imports_of_the_dataset_newest_first(
    api: Caller, dataset: Dataset, workspace: Workspace, alice: User
) -> None:
    jobs = JobFactory.create_batch(3, dataset=dataset)
    JobFactory.create(dataset=dataset, kind=Job.Kind.PURGE_DATASET)
    JobFactory.create(dataset=DatasetFactory.create(workspace=workspace, owner=alice))
    page = said(api.get(f"/datasets/{dataset.id}/tasks", page_size=2))["tasks"]
    assert [row["id"] for row in page["results"]] == [str(jobs[2].id), str(jobs[1].id)]
    assert page["count"] == 3


def test_the_list_costs_four_queries_at_any_length(
    api: Caller, dataset: Dataset, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    said(api.get(f"/datasets/{dataset.id}/tasks"))
    JobFactory.create_batch(20, dataset=dataset)
    with django_assert_num_queries(4):  # The key, the dataset, the count, the page.
        assert len(said(api.get(f"/datasets/{dataset.id}/tasks"))["tasks"]["results"]) == 20


def test_a_task_of_another_dataset_is_not_found(
    api: Caller, dataset: Dataset, workspace: Workspace, alice: User
) -> None:
    elsewhere = JobFactory.create(dataset=DatasetFactory.create(workspace=workspace, owner=alice))
    for task_id in (elsewhere.id, UNKNOWN):
        refusal(api.get(f"/datasets/{dataset.id}/tasks/{task_id}"), 404, "DATASET_TASK_NOT_FOUND")
    refusal(api.get(f"/datasets/{dataset.id}/tasks/abc"), 422, "VALIDATION_ERROR")


def test_the_message_says_why_it_failed(api: Caller, dataset: Dataset) -> None:
    job = JobFactory.create(dataset=dataset, status="running", failure="Line 7: not JSON.")
    assert said(api.get(f"/datasets/{dataset.id}/tasks/{job.id}"))["message"] == "Line 7: not JSON."
