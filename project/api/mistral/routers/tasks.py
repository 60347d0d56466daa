from __future__ import annotations

from uuid import UUID

from ninja import Query, Router

from datasets.errors import JobNotFoundError
from datasets.models import Dataset, Job
from datasets.querysets import JobQuerySet
from project.api.keys import KeyRequest, dataset_for
from project.api.mistral.auth import READ
from project.api.mistral.errors import FAILURES
from project.api.mistral.paging import PageIn, numbered_page
from project.api.mistral.schemas.errors import ErrorOut
from project.api.mistral.schemas.tasks import TaskOut, TaskPageOut, TasksOut

router = Router(tags=["tasks"])


@router.get(
    "/datasets/{dataset_id}/tasks",
    auth=READ,
    operation_id="list_tasks",
    response={200: TasksOut, FAILURES: ErrorOut},
)
def list_tasks(request: KeyRequest, dataset_id: UUID, wanted: Query[PageIn]) -> TasksOut:
    dataset = dataset_for(request.auth, dataset_id)
    jobs = _imports_into(dataset)
    page = numbered_page(
        TaskPageOut,
        request,
        wanted,
        count=jobs.count(),
        rows=lambda offset, limit: [
            TaskOut.from_job(job, dataset) for job in jobs.newest_first()[offset : offset + limit]
        ],
    )
    return TasksOut(tasks=page)


@router.get(
    "/datasets/{dataset_id}/tasks/{task_id}",
    auth=READ,
    operation_id="fetch_task",
    response={200: TaskOut, FAILURES: ErrorOut},
)
def fetch_task(request: KeyRequest, dataset_id: UUID, task_id: UUID) -> TaskOut:
    dataset = dataset_for(request.auth, dataset_id)
    job = _imports_into(dataset).filter(pk=task_id).first()
    if job is None:
        raise JobNotFoundError(f"There is no import task {task_id} in this dataset.")
    return TaskOut.from_job(job, dataset)


def _imports_into(dataset: Dataset) -> JobQuerySet:
    """Without what may be long and is not shown."""
    jobs = Job.objects.visible_to(dataset.workspace).imports().filter(dataset=dataset)
    return jobs.defer("settings", "checkpoint", "errors")
