from __future__ import annotations

from datetime import datetime
from uuid import UUID

from datasets.models import Dataset, Job
from project.api.mistral.paging import PageOut
from project.api.mistral.schemas.base import Out
from records import embeddings, words

STATUSES = {
    Job.Status.QUEUED: "RUNNING",  # This vendor knows no waiting.
    Job.Status.RUNNING: "RUNNING",
    Job.Status.CANCELLING: "RUNNING",
    Job.Status.COMPLETED: "COMPLETED",
    Job.Status.FAILED: "FAILED",
    Job.Status.CANCELLED: "CANCELED",
}
ROWS_SHARE = 70  # Percent of an import's time until its records are in; the rest is for finding them.
SHARES = {words.PHASE.name: (ROWS_SHARE, 85), embeddings.PHASE.name: (85, 100)}


class TaskResultOut(Out):
    requested_record_count: int
    imported_record_count: int
    skipped_record_count: int

    @classmethod
    def from_job(cls, job: Job) -> TaskResultOut | None:
        """None until the records are in."""
        if "imported" not in job.result:
            return None
        imported, skipped = job.result["imported"], job.result.get("skipped", 0)
        return cls(
            requested_record_count=imported + skipped,
            imported_record_count=imported,
            skipped_record_count=skipped,
        )


class TaskOut(Out):
    id: UUID
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    creator_id: UUID
    dataset_id: UUID
    workspace_id: UUID
    status: str
    progress: int | None
    message: str | None
    result: TaskResultOut | None

    @classmethod
    def from_job(cls, job: Job, dataset: Dataset) -> TaskOut:
        return cls(
            id=job.id,
            created_at=job.created_at,
            updated_at=job.updated_at,
            deleted_at=None,
            creator_id=job.created_by_id,
            dataset_id=dataset.id,
            workspace_id=job.workspace_id,
            status=STATUSES[Job.Status(job.status)],
            progress=progress_of(job),
            message=job.failure or job.message or None,
            result=TaskResultOut.from_job(job),
        )


def progress_of(job: Job) -> int | None:
    """Percent of the whole import: it never falls, and is 100 only when all is done. None once it will not end well."""
    if job.status == Job.Status.COMPLETED:
        return 100
    if not job.is_active or job.is_being_taken_back:
        return None
    begin, end = SHARES.get(job.phase, (0, ROWS_SHARE))
    return min(99, begin + (job.percent or 0) * (end - begin) // 100)


class TaskPageOut(PageOut):
    results: list[TaskOut]


class TasksOut(Out):
    tasks: TaskPageOut
