from __future__ import annotations

from uuid import UUID

from ninja import Router, Status

from project.api.keys import KeyRequest, dataset_for, file_for, require_records, require_whole_workspace
from project.api.mistral.access import campaign_for
from project.api.mistral.auth import WRITE, author
from project.api.mistral.errors import FAILURES
from project.api.mistral.schemas.errors import ErrorOut
from project.api.mistral.schemas.imports import (
    CampaignImportIn,
    DatasetImportIn,
    ExplorerImportIn,
    FileImportIn,
    PlaygroundImportIn,
)
from project.api.mistral.schemas.tasks import TaskOut
from records.actions import (
    start_campaign_import,
    start_copy,
    start_import,
    start_log_import,
    start_thread_import,
)

router = Router(tags=["imports"])


@router.post(
    "/datasets/{dataset_id}/imports/from-file",
    auth=WRITE,
    operation_id="import_from_file",
    response={202: TaskOut, FAILURES: ErrorOut},
)
def import_from_file(request: KeyRequest, dataset_id: UUID, wanted: FileImportIn) -> Status[TaskOut]:
    dataset = dataset_for(request.auth, dataset_id)
    file = file_for(request.auth, wanted.file_id)
    job = start_import(dataset, file, author=author(request), is_strict=True)
    return Status(202, TaskOut.from_job(job, dataset))


@router.post(
    "/datasets/{dataset_id}/imports/from-dataset",
    auth=WRITE,
    operation_id="import_from_dataset",
    response={202: TaskOut, FAILURES: ErrorOut},
)
def import_from_dataset(request: KeyRequest, dataset_id: UUID, wanted: DatasetImportIn) -> Status[TaskOut]:
    key, record_ids = request.auth, wanted.dataset_record_ids
    dataset = dataset_for(key, dataset_id)
    require_records(key, record_ids)
    job = start_copy(dataset, record_ids, workspace=key.workspace, author=author(request))
    return Status(202, TaskOut.from_job(job, dataset))


@router.post(
    "/datasets/{dataset_id}/imports/from-campaign",
    auth=WRITE,
    operation_id="import_from_campaign",
    response={202: TaskOut, FAILURES: ErrorOut},
)
def import_from_campaign(request: KeyRequest, dataset_id: UUID, wanted: CampaignImportIn) -> Status[TaskOut]:
    dataset = dataset_for(request.auth, dataset_id)
    campaign = campaign_for(request.auth, wanted.campaign_id)
    job = start_campaign_import(dataset, campaign, author=author(request))
    return Status(202, TaskOut.from_job(job, dataset))


@router.post(
    "/datasets/{dataset_id}/imports/from-explorer",
    auth=WRITE,
    operation_id="import_from_explorer",
    response={202: TaskOut, FAILURES: ErrorOut},
)
def import_from_explorer(request: KeyRequest, dataset_id: UUID, wanted: ExplorerImportIn) -> Status[TaskOut]:
    key = request.auth
    dataset = dataset_for(key, dataset_id)
    require_whole_workspace(key)
    job = start_log_import(
        dataset,
        wanted.completion_event_ids,
        workspace=key.workspace,
        environment=key.environment,
        author=author(request),
    )
    return Status(202, TaskOut.from_job(job, dataset))


@router.post(
    "/datasets/{dataset_id}/imports/from-playground",
    auth=WRITE,
    operation_id="import_from_playground",
    response={202: TaskOut, FAILURES: ErrorOut},
)
def import_from_playground(
    request: KeyRequest, dataset_id: UUID, wanted: PlaygroundImportIn
) -> Status[TaskOut]:
    key = request.auth
    dataset = dataset_for(key, dataset_id)
    require_whole_workspace(key)
    job = start_thread_import(
        dataset,
        wanted.conversation_ids,
        workspace=key.workspace,
        environment=key.environment,
        author=author(request),
    )
    return Status(202, TaskOut.from_job(job, dataset))
