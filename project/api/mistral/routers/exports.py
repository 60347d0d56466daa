from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from ninja import Router

from project.api.addresses import absolute_url
from project.api.keys import KeyRequest, dataset_for
from project.api.mistral.auth import EXPORT
from project.api.mistral.errors import FAILURES
from project.api.mistral.schemas.errors import ErrorOut
from project.api.mistral.schemas.exports import ExportOut
from records.downloads import export_path

router = Router(tags=["exports"])

LINK_LIFETIME = timedelta(hours=24)


@router.get(
    "/datasets/{dataset_id}/exports/to-jsonl",
    auth=EXPORT,
    operation_id="export_to_jsonl",
    response={200: ExportOut, FAILURES: ErrorOut},
)
def export_to_jsonl(request: KeyRequest, dataset_id: UUID) -> ExportOut:
    dataset = dataset_for(request.auth, dataset_id)
    path = export_path(dataset, expires_at=timezone.now() + LINK_LIFETIME)
    return ExportOut(file_url=absolute_url(request, path))
