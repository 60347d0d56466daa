"""Samples of threads: each thread that is taken becomes one conversation in the order of time, which names its logs.
What chose them stands at the revision, so that a conversation is nothing but what was said."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from datasets.jobs import JobRun
from datasets.models import Dataset
from project.accounts.models import Workspace
from project.lib import filterwords
from project.lib.filters import Group
from project.lib.ids import PackedIds
from project.lib.moments import parse_moment
from records.embeddings import remark_on_gaps
from records.errors import ImportRefusedError
from records.indexing import index_revision
from records.inserting import COLUMNS, copy_rows, take_back_rows
from records.knownlogs import known_logs, publish_sample
from records.logimports import drafts_of_threads, rows_of_drafts
from records.models import Record
from threads.drawing import drawn_threads
from threads.models import Log, Thread
from threads.querysets import LogQuerySet, ThreadQuerySet
from threads.sampling import SampleRule

STEP_THREADS = 25
PHASE = "Sampling"
NOWHERE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ThreadSample:
    """What is sampled: the threads of an environment whose last log lies in a time (both ends included) and that match
    a filter; and the rule that draws, of which the share and the number in all count."""

    environment: str
    start: datetime
    end: datetime
    rule: SampleRule
    condition: Group = field(default_factory=Group)

    def threads(self, workspace: Workspace) -> ThreadQuerySet:
        """All that match. Raises FilterError."""
        threads = Thread.objects.visible_to(workspace).in_environment(self.environment)
        return threads.between(self.start, self.end).matching(self.condition)

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "rule": self.rule.as_json(),
            "filter": filterwords.as_json(self.condition),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> ThreadSample:
        return cls(
            environment=kept["environment"],
            start=parse_moment(kept["start"]),
            end=parse_moment(kept["end"]),
            rule=SampleRule.from_json(kept["rule"]),
            condition=filterwords.group_from_json(kept["filter"]),
        )


class ThreadSampling:
    """What the job `sample_threads` does."""

    def run(self, run: JobRun) -> None:
        job = run.job
        if not job.result.get("published"):
            add_rows(run)
            if not publish_sample(run, skips_equal=False):
                job.message = "No thread was taken."
                return
        index_revision(run, total=job.result["imported"])
        job.message = _summary(run)

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)


def known_threads(dataset: Dataset, logs: LogQuerySet, identifiers: Sequence[str]) -> set[str]:
    """Those of these threads of which the dataset has a conversation, as their logs tell; `logs` are those of their
    workspace and environment."""
    pairs = list(logs.in_threads(identifiers).values_list("thread_identifier", "id"))
    conversations = Record.objects.in_dataset(dataset).of_threads()
    known = known_logs(conversations, [log_id for _, log_id in pairs])
    return {identifier for identifier, log_id in pairs if identifier and log_id in known}


def add_rows(run: JobRun) -> None:
    job = run.job
    if job.dataset is None or job.revision_id is None:
        raise ImportRefusedError("The dataset was deleted before its records were in.")
    sample = ThreadSample.from_json(job.settings)
    taken = drawn_threads(sample.threads(job.workspace), sample.rule)
    thread_ids = PackedIds(taken.values_list("id", flat=True).iterator(chunk_size=10_000))
    # Without those that came in after the job was accepted: a conversation is the same after a crash.
    logs = Log.objects.visible_to(job.workspace).in_environment(sample.environment).arrived_by(job.created_at)
    if not job.checkpoint:
        job.checkpoint = {"seen": job.dataset.revision_number, "skipped": 0}
        run.begin_phase(PHASE, total=len(thread_ids))
    place = bisect_right(thread_ids, UUID(job.checkpoint.get("after", str(NOWHERE))))
    for begin in range(place, len(thread_ids), STEP_THREADS):
        part = thread_ids[begin : begin + STEP_THREADS]
        with run.step():
            _copy(run, job.dataset, logs, part)


def _copy(run: JobRun, dataset: Dataset, logs: LogQuerySet, thread_ids: Sequence[UUID]) -> None:
    job = run.job
    identifiers = dict(Thread.objects.filter(id__in=thread_ids).values_list("id", "identifier"))
    wanted = [identifiers[thread_id] for thread_id in thread_ids if thread_id in identifiers]
    known = known_threads(dataset, logs, wanted)
    fresh = [identifier for identifier in wanted if identifier not in known]
    rows = rows_of_drafts(job, drafts_of_threads(logs, fresh), first_place=job.done + 1)
    copy_rows(COLUMNS, rows)
    first = {"first_id": str(rows[0][0])} if rows else {}
    skipped = job.checkpoint["skipped"] + len(known)
    job.checkpoint = {**first, **job.checkpoint, "skipped": skipped, "after": str(thread_ids[-1])}
    job.done += len(rows)


def _summary(run: JobRun) -> str:
    imported, skipped = run.job.result["imported"], run.job.result["skipped"]
    left_out = f" {skipped:,} were in the dataset already." if skipped else ""
    return f"{imported:,} threads sampled.{left_out}" + remark_on_gaps(run.job)
