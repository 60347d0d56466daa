"""Samples of logs: those that a rule takes out of a time and a filter become records, in the order of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.utils import timezone

from datasets.jobs import JobRun
from datasets.models import Job
from project.lib import filterwords
from project.lib.filters import Group
from project.lib.moments import parse_moment
from project.lib.timelimits import TimeLimitError, time_limit
from records.conversations import draft_of_sampled_log
from records.embeddings import remark_on_gaps
from records.errors import ImportRefusedError, RecordInvalidError
from records.importerrors import ErrorGroups
from records.indexing import index_revision
from records.inserting import COLUMNS, Row, copy_rows, fingerprint_of, publish_rows, row_of, take_back_rows
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
NOWHERE = UUID(int=0)
_LOW_BITS = 2**64 - 1


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

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "rule": {**asdict(self.rule), "percent": str(self.rule.percent)},
            "filter": filterwords.as_json(self.condition),
            "skips_equal": self.skips_equal,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> LogSample:
        return cls(
            environment=kept["environment"],
            start=parse_moment(kept["start"]),
            end=parse_moment(kept["end"]),
            rule=SampleRule(**{**kept["rule"], "percent": Decimal(kept["rule"]["percent"])}),
            condition=filterwords.group_from_json(kept["filter"]),
            skips_equal=kept["skips_equal"],
        )


class LogSampling:
    """What the job `sample_logs` does."""

    def run(self, run: JobRun) -> None:
        job = run.job
        if not job.result.get("published"):
            SampleRun(run).add_rows()
            if not job.done:
                take_back_rows(run)
                job.message = "No log was taken."
                return
            publish_rows(run, skipped=job.checkpoint.get("skipped", 0))
        index_revision(run, total=job.result["imported"])
        job.message = _summary(job)

    def take_back(self, run: JobRun) -> None:
        take_back_rows(run)


class SampleRun:
    """The work on one sample between two deaths of its worker."""

    def __init__(self, run: JobRun) -> None:
        if run.job.dataset_id is None or run.job.revision_id is None:
            raise ImportRefusedError("The dataset was deleted before its records were in.")
        self._run, self._dataset_id, self._revision_id = run, run.job.dataset_id, run.job.revision_id
        self._sample = LogSample.from_json(run.job.settings)
        self._lineage = {"job": str(run.job.id), **run.job.settings}
        self._window = _logs_of(run.job, self._sample)
        self._taken = drawn(self._window.matching(self._sample.condition), self._sample.rule)
        self._fixed = self._sample.rule.is_share or list(self._taken.values_list("id", flat=True))

    def add_rows(self) -> None:
        job = self._run.job
        if not job.checkpoint:
            self._run.begin_phase(PHASE, total=self._total())
        known = KnownContent(self._dataset_id, with_fingerprints=self._sample.skips_equal)
        while (found := self._next(UUID(job.checkpoint.get("after", str(NOWHERE))))) is not None:
            boundary, log_ids = found
            with self._run.step():
                after = self._copy(log_ids, known)
                job.checkpoint = {**job.checkpoint, "after": str(after or boundary)}

    def _next(self, after: UUID) -> tuple[UUID, Sequence[UUID]] | None:
        """The ids of some of the logs that are taken behind a place, and the place up to which these are all."""
        if isinstance(self._fixed, list):
            begin = bisect_right(self._fixed, after)
            ids = self._fixed[begin : begin + STEP_ROWS]
            return (ids[-1], ids) if ids else None
        scanned = self._window.filter(id__gt=after).oldest_first().values_list("id", flat=True)
        boundary = next(iter(scanned[SCANNED_LOGS - 1 : SCANNED_LOGS]), None) or self._window.last_id()
        if boundary is None or boundary <= after:
            return None
        taken = self._taken.filter(id__gt=after, id__lte=boundary).values_list("id", flat=True)
        ids = list(taken[: STEP_ROWS + 1])
        return (ids[STEP_ROWS - 1], ids[:STEP_ROWS]) if len(ids) > STEP_ROWS else (boundary, ids)

    def _copy(self, log_ids: Sequence[UUID], known: KnownContent) -> UUID | None:
        """Adds records of the logs until they are many bytes; the last log that is done, None when all are."""
        job, rows, size, after = self._run.job, list[Row](), 0, None
        groups, now = ErrorGroups(job.errors), timezone.now()
        fresh = [log_id for log_id in log_ids if not known.has_log(log_id)]
        skipped = len(log_ids) - len(fresh)
        for log in _read(self._window, fresh):
            try:
                row = self._row(log, now)
            except RecordInvalidError as error:
                groups.add(str(error), job.done + len(rows) + 1, log.public_id.encode(errors="replace"))
                continue
            if known.has_content(fingerprint_of(row)):
                skipped += 1
            else:
                known.add(fingerprint_of(row))
                rows.append(row)
                size += row_bytes(row)
            if size >= STEP_BYTES:
                after = log.id
                break
        copy_rows(COLUMNS, rows)
        first = {"first_id": str(rows[0][0])} if rows else {}
        job.checkpoint = {**first, **job.checkpoint, "skipped": job.checkpoint.get("skipped", 0) + skipped}
        job.errors = groups.as_json()
        job.done += len(rows)
        return after

    def _row(self, log: Log, now: datetime) -> Row:
        draft = draft_of_sampled_log(log, sample=self._lineage)
        return row_of(
            draft, dataset_id=self._dataset_id, revision_id=self._revision_id, origin=draft.origin, now=now
        )

    def _total(self) -> int | None:
        """How many logs the rule takes, if that can be told soon."""
        if isinstance(self._fixed, list):
            return len(self._fixed)
        try:
            with time_limit(COUNT_MS):
                return self._taken.count()
        except TimeLimitError:
            return None


class KnownContent:
    """The logs, and if asked the contents, of which a dataset has records already, also unpublished ones; not those
    in its trash. Eight bytes each."""

    def __init__(self, dataset_id: UUID, *, with_fingerprints: bool) -> None:
        records = Record.objects.filter(dataset_id=dataset_id, trashed_at=None)
        logs = records.filter(log_ids__isnull=False).values_list("log_ids", flat=True)
        self._logs = _sorted(
            log_id.int & _LOW_BITS for log_ids in logs.iterator(chunk_size=10_000) for log_id in log_ids or ()
        )
        self._has_contents = with_fingerprints
        compared = records if with_fingerprints else records.none()
        contents = compared.values_list("fingerprint", flat=True)
        self._contents = _sorted(_short(bytes(one)) for one in contents.iterator(chunk_size=10_000))
        self._added: set[int] = set()

    def has_log(self, log_id: UUID) -> bool:
        return _holds(self._logs, log_id.int & _LOW_BITS)

    def has_content(self, fingerprint: bytes) -> bool:
        if not self._has_contents:
            return False
        short = _short(fingerprint)
        return short in self._added or _holds(self._contents, short)

    def add(self, fingerprint: bytes) -> None:
        if self._has_contents:
            self._added.add(_short(fingerprint))


def row_bytes(row: Row) -> int:
    """About; of its texts."""
    return sum(len(value) for value in row if isinstance(value, str))


def _logs_of(job: Job, sample: LogSample) -> LogQuerySet:
    """Without those that came in after the job was accepted: it draws from the same logs after a crash."""
    logs = Log.objects.visible_to(job.workspace).in_environment(sample.environment)
    return logs.between(sample.start, sample.end).arrived_by(job.created_at)


def _read(logs: LogQuerySet, log_ids: Sequence[UUID]) -> Iterator[Log]:
    for begin in range(0, len(log_ids), LOGS_READ_AT_ONCE):
        yield from logs.filter(id__in=log_ids[begin : begin + LOGS_READ_AT_ONCE]).oldest_first()


def _sorted(numbers: Iterator[int]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    found = np.fromiter(numbers, dtype=np.uint64)
    found.sort()
    return found


def _holds(numbers: np.ndarray[Any, np.dtype[np.uint64]], number: int) -> bool:
    place = int(np.searchsorted(numbers, np.uint64(number)))
    return place < len(numbers) and int(numbers[place]) == number


def _short(fingerprint: bytes) -> int:
    return int.from_bytes(fingerprint[:8])


def _summary(job: Job) -> str:
    imported, skipped = job.result["imported"], job.result["skipped"]
    left_out = f" {skipped:,} were in the dataset already." if skipped else ""
    return f"{imported:,} logs sampled.{left_out}" + remark_on_gaps(job)
