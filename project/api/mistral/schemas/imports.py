from typing import Annotated
from uuid import UUID

from pydantic import Field

from project.api.mistral.schemas.base import In


class FileImportIn(In):
    file_id: UUID


class DatasetImportIn(In):
    dataset_record_ids: Annotated[list[UUID], Field(min_length=1, max_length=10_000)]


class CampaignImportIn(In):
    campaign_id: UUID


class ExplorerImportIn(In):
    completion_event_ids: Annotated[list[str], Field(max_length=500)]


class PlaygroundImportIn(In):
    conversation_ids: Annotated[list[str], Field(max_length=100_000)]
