"""Samples of logs: those that a rule takes out of a time and a filter become records, in the order of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from datasets.jobs import JobRun
from datasets.models import Job
from project.lib import filterwords
from project.lib.filters import Group
from project.lib.ids import PackedIds
from project.lib.moments import parse_moment
from project.lib.streams import read_ahead
from project.lib.timelimits import TimeLimitError, time_limit
from records.conversations import draft_of_sampled_log
from records.embeddings import remark_on_gaps
from records.errors import ImportRefusedError, RecordInvalidError
from records.importerrors import ErrorGroups
from records.indexing import index_revision
from records.inserting import COLUMNS, Row, copy_rows, fingerprint_of, row_of, take_back_rows
from records.knownlogs import KnownContent, known_logs, publish_sample
from records.models import Record
from threads.drawing import drawn
from threads.models import Log
from threads.querysets import LogQuerySet
from threads.sampling import SampleRule

STEP_ROWS = 1_000
STEP_BYTES = 4 << 20
SCANNED_LOGS = 20_000  # Of these at most is one step's sample drawn, so that no step is long.
LOGS_READ_AT_ONCE = 50  # One log may have ten megabytes.
COUNT_MS = 5_000
PHASE = "Sampling"
NONE_TAKEN = "No log was taken."
NOWHERE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Arrival:
    """When logs came in, whatever they say when they happened: from the first moment up to before the other."""

    begin: datetime | None
    end: datetime


@dataclass(frozen=True, slots=True)
class LogSample:
    """What is sampled: an environment, a time (both ends included), a filter, and the rule that draws."""

    environment: str
    start: datetime
    end: datetime
    rule: SampleRule
    condition: Group = field(default_factory=Group)
    skips_equal: bool = False
    """Whether a log is left out whose content the dataset has already, from wherever."""
    arrival: Arrival | None = None
    repeated_by: tuple[str, str] | None = None
    """Id and name of the sampling rule, if one asked for it."""

    def as_json(self) -> dict[str, Any]:
        kept = {
            "environment": self.environment,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "rule": self.rule.as_json(),
            "filter": filterwords.as_json(self.condition),
            "skips_equal": self.skips_equal,
        }
        if self.arrival is not None:
            begin, end = self.arrival.begin, self.arrival.end
            kept["arrival"] = {"begin": begin and begin.isoformat(), "end": end.isoformat()}
        if self.repeated_by is not None:
            kept["sampling_rule"] = dict(zip(("id", "name"), self.repeated_by, strict=True))
        return kept

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> LogSample:
        arrival, repeated_by = kept.get("arrival"), kept.get("sampling_rule")
        return cls(
            environment=kept["environment"],
            start=parse_moment(kept["start"]),
            end=parse_moment(kept["end"]),
            rule=SampleRule.from_json(kept["rule"]),
            condition=filterwords.group_from_json(kept["filter"]),
            skips_equal=kept["skips_equal"],
            arrival=arrival
            and Arrival(arrival["begin"] and parse_moment(arrival["begin"]), parse_moment(arrival["end"])),
            repeated_by=repeated_by and (repeated_by["id"], repeated_by["name"]),
        )


class LogSampling:
    """What the job `sample_logs` does."""

    def run(self, run: JobRun) -> None:
        job = run.job
        if not job.result.get("published"):
            sampling = SampleRun(run)
            sampling.add_rows()
            if not sampling.publish():
                job.message = NONE_TAKEN
                return
        index_revision(run, total=job.result["imported"])
        job.message = _summary(job)

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)


@dataclass(slots=True)
class _Batch:
    """Records ready for COPY, of all logs up to a place; how many were there already; and what could be none: the
    cause, which record it would have been, and the log's name."""

    place: UUID
    rows: list[Row] = field(default_factory=list)
    skipped: int = 0
    refused: list[tuple[str, int, str]] = field(default_factory=list)


class SampleRun:
    """The work on one sample between two deaths of its worker."""

    def __init__(self, run: JobRun) -> None:
        if run.job.dataset is None or run.job.revision_id is None:
            raise ImportRefusedError("The dataset was deleted before its records were in.")
        self._run, self._dataset, self._revision_id = run, run.job.dataset, run.job.revision_id
        self._choice = _named(run.job) if "log_ids" in run.job.settings else _sampled(run.job)

    def publish(self) -> bool:
        """False when no record is left to be seen."""
        return publish_sample(self._run, skips_equal=self._choice.skips_equal)

    def add_rows(self) -> None:
        job = self._run.job
        if not job.checkpoint:
            job.checkpoint = {"seen": self._dataset.revision_number}
            self._run.begin_phase(PHASE, total=self._total())
        known = (
            KnownContent(self._dataset, revision_id=self._revision_id) if self._choice.skips_equal else None
        )
        after = UUID(job.checkpoint.get("after", str(NOWHERE)))
        for batch in _one_ahead(self._batches(after, known)):
            with self._run.step():
                copy_rows(COLUMNS, batch.rows)
                _note(job, batch)

    def _batches(self, after: UUID, known: KnownContent | None) -> Iterator[_Batch]:
        """Of the logs behind a place."""
        while (found := self._next(after)) is not None:
            batch = self._batch(*found, known)
            after = batch.place
            yield batch

    def _next(self, after: UUID) -> tuple[UUID, Sequence[UUID]] | None:
        """The ids of some of the logs that are taken behind a place, and the place up to which these are all."""
        fixed, window = self._choice.fixed, self._choice.window
        if fixed is not None:
            begin = bisect_right(fixed, after)
            ids = fixed[begin : begin + STEP_ROWS]
            return (ids[-1], ids) if ids else None
        scanned = window.filter(id__gt=after).oldest_first().values_list("id", flat=True)
        boundary = next(iter(scanned[SCANNED_LOGS - 1 : SCANNED_LOGS]), None) or window.last_id()
        if boundary is None or boundary <= after:
            return None
        taken = self._choice.taken.filter(id__gt=after, id__lte=boundary).values_list("id", flat=True)
        ids = list(taken[: STEP_ROWS + 1])
        return (ids[STEP_ROWS - 1], ids[:STEP_ROWS]) if len(ids) > STEP_ROWS else (boundary, ids)

    @transaction.atomic
    def _batch(self, boundary: UUID, log_ids: Sequence[UUID], known: KnownContent | None) -> _Batch:
        """The records of these logs, or of the first ones until they are many bytes."""
        batch, size, now = _Batch(boundary), 0, timezone.now()
        there = known_logs(Record.objects.in_dataset(self._dataset), log_ids)
        for log in _read(self._choice.window, [log_id for log_id in log_ids if log_id not in there]):
            try:
                row = self._row(log, now)
            except RecordInvalidError as error:
                batch.refused.append((str(error), len(batch.rows) + 1, log.public_id))
                continue
            if known is not None and known.has(fingerprint_of(row)):
                batch.skipped += 1
                continue
            if known is not None:
                known.add(fingerprint_of(row))
            batch.rows.append(row)
            size += row_bytes(row)
            if size >= STEP_BYTES:
                batch.place = log.id
                break
        batch.skipped += sum(log_id <= batch.place for log_id in there)
        return batch

    def _row(self, log: Log, now: datetime) -> Row:
        draft = draft_of_sampled_log(log, sample=self._choice.lineage)
        return row_of(
            draft, dataset_id=self._dataset.id, revision_id=self._revision_id, origin=draft.origin, now=now
        )

    def _total(self) -> int | None:
        """How many logs the rule takes, if that can be told soon."""
        if self._choice.fixed is not None:
            return len(self._choice.fixed)
        try:
            with time_limit(COUNT_MS):
                return self._choice.taken.count()
        except TimeLimitError:
            return None


def _one_ahead(batches: Iterator[_Batch]) -> Iterator[_Batch]:
    """The first batch is made here, and each other one in a thread beside the work on the one before."""
    first = next(batches, None)
    if first is not None:
        yield first
        yield from read_ahead(_closing_connection(batches))


def _note(job: Job, batch: _Batch) -> None:
    groups, skipped = ErrorGroups(job.errors), job.checkpoint.get("skipped", 0) + batch.skipped
    for cause, place, name in batch.refused:
        groups.add(cause, job.done + place, name.encode(errors="replace"))
    first = {"first_id": str(batch.rows[0][0])} if batch.rows else {}
    job.checkpoint = {**first, **job.checkpoint, "skipped": skipped, "after": str(batch.place)}
    job.errors = groups.as_json()
    job.done += len(batch.rows)


def row_bytes(row: Row) -> int:
    """About; of its texts."""
    return sum(len(value) for value in row if isinstance(value, str))


@dataclass(frozen=True, slots=True)
class _Choice:
    """The logs among which a job chooses; those that it takes, oldest first; their ids, where they cannot be told in
    parts; and what a record keeps of all that."""

    window: LogQuerySet
    taken: LogQuerySet
    fixed: Sequence[UUID] | None
    lineage: dict[str, Any]
    skips_equal: bool = False


def _sampled(job: Job) -> _Choice:
    """Without the logs that came in after the job was accepted: it draws from the same ones after a crash."""
    sample = LogSample.from_json(job.settings)
    window = _logs_of(job).between(sample.start, sample.end).arrived_by(job.created_at)
    if sample.arrival is not None:
        window = window.arrived_between(sample.arrival.begin, sample.arrival.end)
    taken = drawn(window.matching(sample.condition), sample.rule)
    # By the time of arrival nothing is read in parts: the index for that has another order than the ids.
    is_by_arrival = sample.arrival is not None and sample.arrival.begin is not None
    fixed = None
    if is_by_arrival or not sample.rule.is_share:
        fixed = PackedIds(taken.values_list("id", flat=True).iterator(chunk_size=10_000))
    return _Choice(window, taken, fixed, {"job": str(job.id), **job.settings}, sample.skips_equal)


def _named(job: Job) -> _Choice:
    """The logs of these ids."""
    window = _logs_of(job)
    log_ids = sorted(UUID(text) for text in job.settings["log_ids"])
    return _Choice(window, window.filter(id__in=log_ids), log_ids, {"job": str(job.id)})


def _logs_of(job: Job) -> LogQuerySet:
    return Log.objects.visible_to(job.workspace).in_environment(job.settings["environment"])


def _closing_connection(batches: Iterator[_Batch]) -> Iterator[_Batch]:
    """In a thread, whose connection nobody else would close."""
    try:
        yield from batches
    finally:
        connection.close()


def _read(logs: LogQuerySet, log_ids: Sequence[UUID]) -> Iterator[Log]:
    """By one query, whose answer comes in parts."""
    return logs.filter(id__in=log_ids).to_copy().oldest_first().iterator(chunk_size=LOGS_READ_AT_ONCE)


def _summary(job: Job) -> str:
    imported, skipped = job.result["imported"], job.result["skipped"]
    left_out = f" {skipped:,} were in the dataset already." if skipped else ""
    return f"{imported:,} logs sampled.{left_out}" + remark_on_gaps(job)
