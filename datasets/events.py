from typing import Any
from uuid import UUID

from datasets.models import Event


def log_event(
    workspace_id: UUID,
    type_: str,
    *,
    dataset_id: UUID | None = None,
    file_id: UUID | None = None,
    record_id: UUID | None = None,
    job_id: UUID | None = None,
    revision_id: UUID | None = None,
    user_id: UUID | None = None,
    meta: dict[str, Any] | None = None,
) -> Event:
    """A dotted type and the ids of what it is about; the row is written in the caller's transaction."""
    return Event.objects.create(
        workspace_id=workspace_id,
        type=type_,
        dataset_id=dataset_id,
        file_id=file_id,
        record_id=record_id,
        job_id=job_id,
        revision_id=revision_id,
        user_id=user_id,
        meta=meta or {},
    )
