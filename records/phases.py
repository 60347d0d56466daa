"""A phase of a job that works through all records that its revision wrote, in batches by order of id.

Two connections work side by side, each on its own batch, and neither waits for the other: one may be sweeping its
entries into an index while the other goes on. So batches end out of order; the checkpoint is the last batch before
which all have ended, and what lies behind it is repeated after a crash.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from datasets.jobs import JobRun
from records.changesets import written_ids

CONNECTIONS = 2
BATCHES_AHEAD = 12
HEARTBEAT_SECONDS = 5
# The step that follows a batch waits for the disk, and with it for all that was committed before.
BULK_SETTINGS = "SET LOCAL synchronous_commit = off"


@dataclass(frozen=True, slots=True)
class Phase:
    name: str
    checkpoint: str
    """The key under which the checkpoint holds the last record that is done."""
    batch_records: int
    work: Callable[[list[UUID]], int]
    """Does a batch in a transaction of its own, safe to repeat; answers how many records it had to leave undone."""


def work_through(run: JobRun, phase: Phase, *, total: int) -> None:
    """Goes on from the checkpoint, or begins. The job's result counts under `gaps` what was left undone."""
    job = run.job
    if phase.checkpoint not in job.checkpoint:
        job.checkpoint = {phase.checkpoint: None}
        run.begin_phase(phase.name, total=total)
    batches = _batches(job.revision_id, job.checkpoint[phase.checkpoint], phase.batch_records)
    first = next(batches, [])
    if len(first) < phase.batch_records:
        _note(run, phase, first, phase.work(first))
    else:
        _side_by_side(run, phase, first, batches)


def _side_by_side(run: JobRun, phase: Phase, first: list[UUID], others: Iterator[list[UUID]]) -> None:
    begun = deque[tuple[list[UUID], Future[int]]]()
    with ThreadPoolExecutor(max_workers=CONNECTIONS) as helpers:
        try:
            ids = first
            while ids or begun:
                while ids and len(begun) < BATCHES_AHEAD:
                    begun.append((ids, helpers.submit(_apart, phase.work, ids)))
                    ids = next(others, [])
                done, future = begun.popleft()
                _note(run, phase, done, _result(run, future))
        except BaseException:
            helpers.shutdown(cancel_futures=True)
            raise


def _apart(work: Callable[[list[UUID]], int], ids: list[UUID]) -> int:
    """In a thread, whose connection nobody else would close."""
    try:
        return work(ids)
    finally:
        connection.close()


def _result(run: JobRun, future: Future[int]) -> int:
    """Lets the job's row know meanwhile that its worker lives: a remote embedder may take long over a batch."""
    while not wait_for([future], timeout=HEARTBEAT_SECONDS).done:
        with run.step():
            pass
    return future.result()


def _note(run: JobRun, phase: Phase, ids: list[UUID], left: int) -> None:
    with run.step() as job:
        job.done += len(ids)
        if ids:
            job.checkpoint = {phase.checkpoint: str(ids[-1])}
        if left:
            job.result["gaps"] = job.result.get("gaps", 0) + left


def _batches(revision_id: UUID | None, after: str | None, size: int) -> Iterator[list[UUID]]:
    while ids := written_ids(revision_id, after, size):
        yield ids
        after = str(ids[-1])
