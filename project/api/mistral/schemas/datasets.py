from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from datasets.models import Dataset
from project.api.mistral.paging import PageIn, PageOut
from project.api.mistral.schemas.base import NO_NUL, In, Out, Text

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=50), NO_NUL]
Description = Annotated[str, StringConstraints(max_length=200), NO_NUL]


class DatasetsIn(PageIn):
    q: Text = ""


class DatasetIn(In):
    name: Name
    description: Description


class DatasetPatchIn(In):
    """What is absent or null stays."""

    name: Name | None = None
    description: Description | None = None


class DatasetOut(Out):
    id: UUID
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    name: str
    description: str
    owner_id: UUID
    workspace_id: UUID
    slug: str

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> DatasetOut:
        return cls(
            id=dataset.id,
            created_at=dataset.created_at,
            updated_at=dataset.updated_at,
            deleted_at=dataset.deleted_at,
            name=dataset.name,
            description=dataset.description,
            owner_id=dataset.owner_id,
            workspace_id=dataset.workspace_id,
            slug=dataset.slug,
        )


class DatasetPageOut(PageOut):
    results: list[DatasetOut]


class DatasetsOut(Out):
    datasets: DatasetPageOut
