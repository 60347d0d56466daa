"""Logs inside a dataset: our records, in this vendor's words."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from project.api.keywordsai import content
from project.api.keywordsai.metadata import edited_metadata, open_metadata
from project.api.keywordsai.paging import PageIn, PageOut
from project.api.keywordsai.schemas.base import In, JsonObject, Out, Text, Time, WindowIn
from project.api.keywordsai.schemas.logs import FiltersIn, Identifier, Number
from project.lib import jsontext
from project.lib.moments import MomentError, parse_moment
from project.lib.texts import message_text
from records.models import Record
from records.types import RecordDraft

# What the metadata of a new row says about its call, by the names of the call.
_LIFTED = {
    "model": "model",
    "log_type": "log_type",
    "session_id": "session_identifier",
    "custom_identifier": "custom_identifier",
}
_DETAILS = (
    *("model", "log_type", "status", "status_code", "error_code", "error_message", "environment"),
    *("prompt_tokens", "completion_tokens", "total_tokens", "cost", "latency", "start_time"),
    *(
        "customer_identifier",
        "thread_identifier",
        "custom_identifier",
        "session_identifier",
        "trace_unique_id",
    ),
)


_DECIDED = frozenset({Record.Status.APPROVED, Record.Status.REJECTED})


class MetricsIn(In):
    prompt_tokens: int | None = Field(None, ge=0)
    completion_tokens: int | None = Field(None, ge=0)
    total_tokens: int | None = Field(None, ge=0)
    cost: Number = None
    latency: Number = None


class RowIn(In):
    input: Any
    output: Any = None
    expected_output: Any = None
    metadata: JsonObject | None = None
    metrics: MetricsIn | None = None

    def to_draft(self) -> RecordDraft:
        meta = self.metadata or {}
        details: dict[str, Any] = {
            name: meta[key] for key, name in _LIFTED.items() if isinstance(meta.get(key), str)
        }
        if self.metrics is not None:
            details |= self.metrics.model_dump(exclude_none=True)
        return content.draft_of(
            {
                content.INPUT: self.input,
                content.OUTPUT: self.output,
                content.EXPECTED: self.expected_output,
                content.LOG: details or None,
            },
            meta=meta,
        )


class RowPatchIn(In):
    input: Any = None
    output: Any = None
    expected_output: Any = None
    prompt: Any = None
    completion: Any = None
    metadata: JsonObject | None = None
    error_code: Identifier = None
    error_message: str | None = None

    def changed(self, record: Record) -> RecordDraft:
        """The record with what is given, the rest as it is."""
        return self._draft(record, self.model_fields_set)

    def replaced(self, record: Record) -> RecordDraft:
        """The record with what is given, without what is left out."""
        return self._draft(record, set(type(self).model_fields))

    def _draft(self, record: Record, given: set[str]) -> RecordDraft:
        payload = None if record.payload is None else record.payload.value
        stored = dict(payload or {})
        fields: dict[str, Any] = {
            **stored,
            content.INPUT: content.input_of(payload, record.text),
            content.OUTPUT: content.output_of(payload),
        }
        for name, other in ((content.INPUT, "prompt"), (content.OUTPUT, "completion")):
            if name in given or other in given:
                value = getattr(self, name)
                fields[name] = getattr(self, other) if value is None else value
        if content.EXPECTED in given:
            fields[content.EXPECTED] = self.expected_output
        details = _object(stored.get(content.LOG)) | {
            name: getattr(self, name) for name in ("error_code", "error_message") if name in given
        }
        kept = {name: value for name, value in details.items() if value is not None}
        fields[content.LOG] = kept or None
        meta = edited_metadata(record.meta, self.metadata or {}) if "metadata" in given else record.meta
        return content.draft_of(fields, meta=meta)


class RowsIn(In):
    """Rows, or in the early form the ids of logs that become rows."""

    logs: list[Any] = Field(default_factory=list)
    log_ids: list[str] = Field(default_factory=list, max_length=500)


class RowListIn(FiltersIn):
    page: Any = None
    page_size: Any = None
    is_exporting: bool = False


class RowsQueryIn(PageIn):
    sort_by: Text = ""
    order_by: Text = ""
    include_fields: Text = ""


class ImportIn(WindowIn, FiltersIn):
    sampling_percentage: Annotated[int, Field(ge=1, le=100)] = 100


class RemovalIn(WindowIn, FiltersIn):
    is_deleting_all_logs: bool = False


class MessageOut(Out):
    message: str


class RowOut(Out):
    id: str
    unique_id: str
    organization_id: str
    timestamp: Time
    created_at: Time
    prompt: str
    completion: str
    input: Any
    output: Any
    expected_output: Any
    dataset_id: str
    metadata: dict[str, Any]
    annotation_status: str = "pending"
    annotation_completed_by: Any = None
    scores: Any
    model: Any = None
    log_type: Any = None
    status: Any = None
    status_code: Any = None
    error_code: Any = None
    error_message: Any = None
    environment: Any = None
    start_time: Any = None
    prompt_tokens: Any = None
    completion_tokens: Any = None
    total_request_tokens: Any = None
    cost: Any = None
    latency: Any = None
    customer_identifier: Any = None
    thread_identifier: Any = None
    custom_identifier: Any = None
    session_identifier: Any = None
    trace_unique_id: Any = None
    messages: Any = None

    @classmethod
    def listed(cls, record: Record, organization: str) -> RowOut:
        return cls(**_values(record, organization), scores={})

    @classmethod
    def single(cls, record: Record, organization: str) -> RowOut:
        return cls(**_values(record, organization), scores=[], messages=record.as_payload.get("messages"))


class CreatedRowOut(Out):
    message: str = "Dataset log created"
    unique_id: str
    log_data: RowOut


class RowPageOut(PageOut):
    results: list[Any]
    filter_options: dict[str, Any] = Field(default_factory=dict)


def row_id(record: Record) -> str:
    """The id of the log of which the record is a copy, else the record's own."""
    is_copy = record.origin == Record.Origin.EXPLORER and bool(record.source)
    return record.source if is_copy else record.id.hex


def _values(record: Record, organization: str) -> dict[str, Any]:
    payload = None if record.payload is None else record.payload.value
    details = _object((payload or {}).get(content.LOG))
    said, answer = content.input_of(payload, record.text), content.output_of(payload)
    name = row_id(record)
    return {
        **{detail: details.get(detail) for detail in _DETAILS if detail != "total_tokens"},
        "id": name,
        "unique_id": name,
        "organization_id": organization,
        "timestamp": _moment(details.get("timestamp")) or record.created_at,
        "created_at": record.created_at,
        "prompt": _text(said),
        "completion": _text(answer),
        "input": said,
        "output": answer,
        "expected_output": (payload or {}).get(content.EXPECTED),
        "dataset_id": str(record.dataset_id),
        "metadata": open_metadata(record.meta),
        "total_request_tokens": details.get("total_tokens"),
        "status": details.get("status", "success"),
        "annotation_status": "completed" if record.status in _DECIDED else "pending",
    }


def _moment(value: Any) -> datetime | None:
    try:
        return parse_moment(value) if isinstance(value, str) else None
    except MomentError:
        return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    messages = value if isinstance(value, list) else [value]
    if all(isinstance(message, dict) and "role" in message for message in messages):
        return "\n".join(filter(None, map(message_text, messages)))
    return jsontext.serialise(value)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
