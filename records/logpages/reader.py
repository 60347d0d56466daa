"""One log as the panel and the full page show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from project.accounts.models import Workspace
from project.lib import jsontext
from project.lib.errors import DomainError
from project.lib.ids import parse_id
from project.lib.timelimits import time_limit
from records.logpages.cells import badge_of
from records.logpages.figures import count, dollars, seconds
from records.logpages.listing import PAGE_MS, logs_in
from records.logpages.scope import Scope
from records.markdown import SHOWN_CHARACTERS, draw_markdown, draw_plain
from records.models import Record
from records.prettyjson import pretty
from records.reader import JSON, PLAIN
from records.rendering import Conversation, MetaRow, meta_rows, read_conversation
from threads.answers import score_words
from threads.models import CampaignLog, Judge, Log, Thread

TURNS_SHOWN = 500
CAMPAIGNS_SHOWN = RECORDS_SHOWN = 20
_TEXTS = (
    *("model", "provider_id", "log_type", "environment", "customer_identifier", "customer_email"),
    *("custom_identifier", "session_identifier", "group_identifier", "trace_unique_id", "span_unique_id"),
    *("span_parent_id", "span_name", "span_workflow_name", "log_method", "error_code", "note"),
)
_LINKED = frozenset(
    {"model", "provider_id", "log_type", "customer_identifier", "session_identifier", "trace_unique_id"}
)
_LABELS = {
    "provider_id": "Provider",
    "log_type": "Type",
    "customer_identifier": "Customer",
    "custom_identifier": "Custom id",
    "session_identifier": "Session",
    "group_identifier": "Group",
    "trace_unique_id": "Trace",
    "span_unique_id": "Span",
    "span_parent_id": "Parent span",
    "span_workflow_name": "Workflow",
    "log_method": "Sent by",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """`field` is what a link to the logs of the same value filters by; empty where nobody would."""

    label: str
    value: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    log: Log
    view: str
    badge: str
    conversation: Conversation | None
    json: str | None
    hidden_characters: int
    figures: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    meta: tuple[MetaRow, ...]
    scores: tuple[Fact, ...]
    thread: Thread | None
    campaigns: tuple[tuple[CampaignLog, str], ...]
    records: tuple[Record, ...]
    newer_id: UUID | None
    older_id: UUID | None


Neighbors = tuple[UUID | None, UUID | None]


def read_log(
    workspace: Workspace, log: Log, *, view: str = "", neighbors: Neighbors = (None, None)
) -> Reading:
    campaigns = list(CampaignLog.objects.of_log(log.id)[:CAMPAIGNS_SHOWN])
    text = pretty(raw_log(log)) if view == JSON else ""
    draw = draw_plain(None) if view == PLAIN else draw_markdown(None)
    messages = {"messages": [*log.request_messages, *log.response_messages]}
    return Reading(
        log=log,
        view=view,
        badge=badge_of(log),
        conversation=None if view == JSON else read_conversation(messages, draw=draw, limit=TURNS_SHOWN),
        json=text[:SHOWN_CHARACTERS] if view == JSON else None,
        hidden_characters=max(0, len(text) - SHOWN_CHARACTERS),
        figures=figures_of(log),
        facts=_facts(log),
        meta=meta_rows(log.meta),
        scores=_scores(workspace, log, campaigns),
        thread=_thread(workspace, log),
        records=_records(workspace, log),
        campaigns=tuple((row, row.answer_in_words) for row in campaigns),
        newer_id=neighbors[0],
        older_id=neighbors[1],
    )


def figures_of(log: Log) -> tuple[Fact, ...]:
    tokens = f"{count(log.prompt_tokens)} in, {count(log.completion_tokens)} out"
    first = log.time_to_first_token
    return (
        Fact("Latency", seconds(log.latency)),
        *([Fact("First token", seconds(first))] if first is not None else []),
        Fact("Tokens", f"{count(log.total_tokens)} ({tokens})"),
        Fact("Cost", dollars(log.cost)),
    )


def raw_log(log: Log) -> str:
    """All that is kept of it, as JSON. Input, output and extras are as they were sent."""
    large = {"input", "output", "extras"}
    names = [field.attname for field in Log._meta.concrete_fields if field.attname not in large]
    values: dict[str, Any] = {name: _jsonable(getattr(log, name)) for name in names if name != "workspace_id"}
    return jsontext.serialise({**values, **{name: _sent(log, name) for name in sorted(large)}})


def _sent(log: Log, name: str) -> Any:
    kept = getattr(log, name)
    return None if kept is None else kept.value


def _jsonable(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def _facts(log: Log) -> tuple[Fact, ...]:
    said = tuple(
        Fact(_LABELS.get(name, name.replace("_", " ").capitalize()), value, name if name in _LINKED else "")
        for name in _TEXTS
        if (value := getattr(log, name))
    )
    return (*said, *_feedback(log), *_tools(log))


def _feedback(log: Log) -> tuple[Fact, ...]:
    if log.positive_feedback is None:
        return ()
    return (Fact("Feedback", "positive" if log.positive_feedback else "negative"),)


def _tools(log: Log) -> tuple[Fact, ...]:
    return (Fact("Tools called", ", ".join(log.invoked_tools)),) if log.invoked_tools else ()


def _scores(workspace: Workspace, log: Log, campaigns: Sequence[CampaignLog]) -> tuple[Fact, ...]:
    """What evaluators said, and judges whose campaigns are not shown, by their names."""
    shown = {row.campaign.judge_id.hex for row in campaigns if row.campaign.judge_id}
    scores = {key: value for key, value in log.scores.items() if key not in shown}
    ids = [found for key in scores if (found := parse_id(key))]
    judges = Judge.objects.filter(workspace=workspace).in_bulk(ids) if ids else {}
    names = {judge_id.hex: judge.name for judge_id, judge in judges.items()}
    return tuple(Fact(names.get(key, key), score_words(value)) for key, value in scores.items())


def _thread(workspace: Workspace, log: Log) -> Thread | None:
    if not log.thread_identifier:
        return None
    threads = Thread.objects.visible_to(workspace).in_environment(log.environment)
    return threads.filter(identifier=log.thread_identifier).first()


def _records(workspace: Workspace, log: Log) -> tuple[Record, ...]:
    """Those that were made of it, with their datasets."""
    records = Record.objects.visible_to(workspace).made_of([log.id]).in_order()
    return tuple(records.without_content().select_related("dataset")[:RECORDS_SHOWN])


def neighbors_of(workspace: Workspace, scope: Scope, log: Log) -> Neighbors:
    """The newer and the older log in the scope. There are none of a filter that cannot be, or that takes long; the
    list beside the log says what is wrong."""
    try:
        logs = logs_in(workspace, scope.in_environment(log.environment)).values_list("id", flat=True)
        with time_limit(PAGE_MS):
            newer = logs.filter(id__gt=log.id).order_by("id").first()
            return newer, logs.filter(id__lt=log.id).order_by("-id").first()
    except DomainError:
        return None, None
