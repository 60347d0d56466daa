from __future__ import annotations

from project.api.keywordsai.paging import PageIn, PageOut
from project.api.keywordsai.schemas.base import Moment, Out, Text, Time
from threads.models import Thread


class ThreadsIn(PageIn):
    environment: Text = ""
    sort_by: Text = "-timestamp"
    start_time: Moment | None = None
    end_time: Moment | None = None


class ThreadOut(Out):
    thread_identifier: str
    environment: str
    log_count: int
    number_of_requests: int
    timestamp: Time
    first_timestamp: Time
    cost: float
    total_cost: float
    tokens: int
    total_tokens: int
    latency: float
    average_latency: float | None

    @classmethod
    def from_thread(cls, thread: Thread) -> ThreadOut:
        return cls(
            thread_identifier=thread.identifier,
            environment=thread.environment,
            log_count=thread.log_count,
            number_of_requests=thread.log_count,
            timestamp=thread.last_log_at,
            first_timestamp=thread.first_log_at,
            cost=float(thread.cost),
            total_cost=float(thread.cost),
            tokens=thread.total_tokens,
            total_tokens=thread.total_tokens,
            latency=float(thread.latency),
            average_latency=thread.average_latency,
        )


class ThreadPageOut(PageOut):
    results: list[ThreadOut]
