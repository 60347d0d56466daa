"""Pages of threads, the latest first, and the logs of one thread as they go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from project.accounts.models import Workspace
from project.lib.cursors import CursorError
from project.lib.ids import parse_id
from project.lib.moments import MomentError, parse_moment
from project.lib.timelimits import time_limit
from records.conversations import continued
from records.logpages.cells import badge_of
from records.logpages.figures import count, dollars, seconds
from records.logpages.listing import PAGE_MS
from records.logpages.reader import Fact, figures_of
from records.logpages.scope import Scope
from records.markdown import draw_markdown
from records.rendering import Turn, read_conversation
from threads.messages import Message
from threads.models import Log, Thread
from threads.querysets import ThreadQuerySet

PAGE_SIZE = 100
LOGS_SHOWN = 50  # Of one thread on one page.
TURNS_SHOWN = 500
_MARK = "~"


@dataclass(frozen=True, slots=True)
class ThreadRow:
    thread: Thread
    latency: str
    tokens: str
    cost: str


@dataclass(frozen=True, slots=True)
class ThreadPage:
    rows: list[ThreadRow]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Step:
    """One log of a thread: what it adds to the conversation. `goes_back_to` is the number of the turn after which it
    says something else than was said before."""

    log: Log
    badge: str
    figures: tuple[Fact, ...]
    turns: tuple[Turn, ...]
    goes_back_to: int | None


def threads_in(workspace: Workspace, scope: Scope) -> ThreadQuerySet:
    """Those whose last log lies in the time. Raises FilterError."""
    threads = Thread.objects.visible_to(workspace).in_environment(scope.environment)
    return threads.between(scope.start, scope.end).matching(scope.filter.condition)


def read_threads(threads: ThreadQuerySet, *, after: str) -> ThreadPage:
    """Raises FilterError, CursorError, TimeLimitError."""
    rows = threads.before(*_place_of(after)) if after else threads.latest_first()
    with time_limit(PAGE_MS):
        found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return ThreadPage(
        [row_of(thread) for thread in shown], _cursor_of(shown[-1]) if len(found) > PAGE_SIZE else ""
    )


def steps_of(logs: Sequence[Log]) -> list[Step]:
    """The logs in their order, each with the turns that were not there before it."""
    said: list[Message] = []
    draw = draw_markdown(None)
    steps = []
    for log in logs:
        now_said = continued(said, log.request_messages, log.response_messages)
        kept = _same(said, now_said)
        drawn = read_conversation({"messages": now_said}, draw=draw, first=kept, limit=TURNS_SHOWN)
        goes_back = kept if kept < len(said) else None
        badge = badge_of(log)
        steps.append(Step(log, badge, figures_of(log), drawn.turns, goes_back))
        said = now_said
    return steps


def _same(before: Sequence[Message], after: Sequence[Message]) -> int:
    pairs = zip(before, after, strict=False)
    return next(
        (place for place, (one, other) in enumerate(pairs) if one != other), min(len(before), len(after))
    )


def row_of(thread: Thread) -> ThreadRow:
    return ThreadRow(
        thread, seconds(thread.average_latency), count(thread.total_tokens), dollars(thread.cost)
    )


def _cursor_of(thread: Thread) -> str:
    return f"{thread.last_log_at.isoformat()}{_MARK}{thread.id}"


def _place_of(cursor: str) -> tuple[datetime, UUID]:
    moment, _, text = cursor.partition(_MARK)
    thread_id = parse_id(text)
    try:
        if thread_id is not None:
            return parse_moment(moment), thread_id
    except MomentError:
        pass
    raise CursorError("The cursor is not one of ours; start again without it.")
