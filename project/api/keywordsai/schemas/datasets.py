from __future__ import annotations

from typing import Annotated, Any, Final, Literal, cast

from pydantic import Field

from datasets.models import Dataset, Job
from datasets.types import DatasetValues
from project.accounts.models import Workspace
from project.api.keywordsai.paging import PageIn, PageOut
from project.api.keywordsai.schemas.base import (
    Id,
    In,
    JsonObject,
    Moment,
    Out,
    SomeText,
    Text,
    Time,
    WindowIn,
)

SAMPLING: Final = "sampling"
LOGS: Final = "logs"
ShortText = Annotated[Text, Field(max_length=255)]
# What is only kept for the client, in the extras of the dataset.
_KEPT = ("type", "granularity", "initial_log_filters", "starred", "tags")


class DatasetsIn(PageIn):
    """The simple filters of a list, beside those of the body."""

    name: Text = ""
    type: Text = ""
    status: Text = ""
    created_after: Moment | None = None
    created_before: Moment | None = None


class DatasetIn(WindowIn):
    name: SomeText | None = Field(None, description="Required unless a dataset is copied.")
    description: Text = ""
    type: Literal["sampling", "llm"] = SAMPLING
    sampling: Annotated[int, Field(ge=0, le=100, description="Of the matching logs, in percent.")] = 100
    is_empty: bool = False
    initial_log_filters: JsonObject = Field(default_factory=dict)
    granularity: Literal["logs", "traces"] = LOGS
    source_dataset_id: str | None = Field(None, description="A dataset to copy, in place of a sample.")

    def to_values(self) -> DatasetValues:
        return {"extras": {name: getattr(self, name) for name in _KEPT if name in type(self).model_fields}}


class DatasetPatchIn(In):
    """What is absent stays. Nothing else can be changed."""

    name: SomeText | None = None
    description: Text | None = None
    starred: bool | None = None
    tags: Annotated[list[ShortText], Field(max_length=100)] | None = None

    def to_values(self) -> DatasetValues:
        given = {name: getattr(self, name) for name in ("starred", "tags")}
        return cast(
            DatasetValues, {"extras": {name: value for name, value in given.items() if value is not None}}
        )


class TagOut(Out):
    id: str
    name: str
    color: str = ""


class DatasetOut(Out):
    """The state of the last sampling stands for that of the dataset; what this server does not have is constant."""

    id: Id
    name: str
    description: str
    type: str
    status: str
    log_count: int
    created_at: Time
    updated_at: Time
    organization: int
    organization_id: int
    initial_log_filters: dict[str, Any]
    granularity: str
    starred: bool
    tags: list[TagOut]
    unique_organization_ids: tuple[str, ...] = ()
    timestamps: tuple[str, ...] = ()
    log_ids: tuple[str, ...] = ()
    evaluator: str | None = None
    updated_by: dict[str, str] | None = None
    running_status: str = "pending"
    running_progress: int = 0
    running_at: str | None = None
    completed_annotation_count: int = 0

    @classmethod
    def from_dataset(cls, dataset: Dataset, workspace: Workspace, sampling_status: str | None) -> DatasetOut:
        """`sampling_status` is that of the last job that copied logs into the dataset, None without one."""
        extras = dataset.extras
        return cls(
            id=dataset.id,
            name=dataset.name,
            description=dataset.description,
            type=extras.get("type", SAMPLING),
            status=status_of(dataset, sampling_status),
            log_count=dataset.record_count,
            created_at=dataset.created_at,
            updated_at=dataset.updated_at,
            organization=workspace.serial,
            organization_id=workspace.serial,
            initial_log_filters=extras.get("initial_log_filters", {}),
            granularity=extras.get("granularity", LOGS),
            starred=extras.get("starred", False),
            tags=[TagOut(id=tag, name=tag) for tag in extras.get("tags", [])],
        )


class DatasetPageOut(PageOut):
    results: list[DatasetOut]


def status_of(dataset: Dataset, sampling_status: str | None) -> str:
    if sampling_status in Job.ACTIVE:
        return "loading" if dataset.record_count else "initializing"
    if sampling_status == Job.Status.FAILED and not dataset.record_count:
        return "failed"
    return "ready"
