"""The job engine. A job is claimed by a conditional update, works in steps, and each step is one transaction that
ends by writing progress and checkpoint under the claim: whoever lost the claim cannot commit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from datasets.errors import JobEndedError
from datasets.events import log_event
from datasets.models import Dataset, Event, Job, Revision
from files.models import File
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib.errors import DomainError
from project.lib.ids import new_id

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
RATE_SMOOTHING = 0.3
BEAT_SECONDS = 5.0


class JobCancelledError(Exception):
    """Somebody asked the running job to stop."""


class ClaimLostError(Exception):
    """Another run has taken over; this one must write nothing more."""


class JobHandler(Protocol):
    def run(self, run: JobRun) -> None:
        """Does the work, or goes on with it from `run.job.checkpoint`. Raises DomainError to fail the job."""

    def take_back(self, run: JobRun) -> None:
        """Removes what an unfinished run wrote, or says in the job's message what stays. Safe to repeat; works in steps
        as `run` does."""


_handlers: dict[str, JobHandler] = {}


def register_handler(kind: str, handler: JobHandler) -> None:
    _handlers[kind] = handler


class JobRun:
    """A claimed job in the hands of the worker that runs it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._beside: ThreadPoolExecutor
        self._clock = time.monotonic()
        self._done_before = self._done_at_claim = job.done

    @contextmanager
    def step(self) -> Iterator[Job]:
        """One transaction of work. The body sets `done`, `total`, `checkpoint`, ... on the yielded job; they are
        committed with it. Raises JobCancelledError or ClaimLostError instead of committing."""
        with transaction.atomic():
            yield self.job
            self._save_progress()

    def beat(self) -> None:
        """Says that the worker lives, and hears of a cancellation. Raises what `step` raises."""
        with self.step():
            pass

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Around a long step: says beside its transaction that the worker lives, by a connection of its own."""
        over = threading.Event()
        with ThreadPoolExecutor(max_workers=1) as beside:
            beside.submit(_beat_until, over, self.job)
            try:
                yield
            finally:
                over.set()

    @contextmanager
    def at_once(self) -> Iterator[Job]:
        """A step for work that is seen all at once, however long it takes; the body calls `report` now and then. Ends
        the worker before the end, nothing was done, and the next run begins anew."""
        with ThreadPoolExecutor(max_workers=1) as beside:
            self._beside = beside
            try:
                with self.step() as job:
                    yield job
            finally:
                beside.submit(lambda: connection.close()).result()

    def report(self) -> None:
        """Within `at_once`: commits progress and heartbeat by a connection of its own. Raises what `step` raises."""
        self._beside.submit(self._save_progress).result()

    def begin_phase(self, phase: str, *, total: int | None, unit: str = "records", done: int = 0) -> None:
        """Names what is going on now and starts its count; a step of its own."""
        with self.step() as job:
            job.phase, job.total, job.unit, job.done, job.rate = phase, total, unit, done, None
            self._done_before, self._clock = done, time.monotonic()

    def _save_progress(self) -> None:
        job, now = self.job, timezone.now()
        self._measure_rate()
        written = Job.objects.filter(pk=job.pk, claim=job.claim, status__in=_statuses_that_allow(job)).update(
            phase=job.phase,
            done=job.done,
            total=job.total,
            unit=job.unit,
            rate=job.rate,
            message=job.message,
            result=job.result,
            errors=job.errors,
            checkpoint=job.checkpoint,
            attempts=job.attempts if job.done <= self._done_at_claim else 0,
            heartbeat_at=now,
            updated_at=now,
        )
        if not written:
            raise self._reason_of_refusal()

    def _reason_of_refusal(self) -> Exception:
        seen = Job.objects.filter(pk=self.job.pk).values_list("claim", "status").first()
        if seen == (self.job.claim, Job.Status.CANCELLING):
            return JobCancelledError()
        return ClaimLostError()

    def _measure_rate(self) -> None:
        now = time.monotonic()
        elapsed, gained = now - self._clock, self.job.done - self._done_before
        if elapsed < 0.2 or gained <= 0:
            return
        latest = gained / elapsed
        before = self.job.rate
        self.job.rate = latest if before is None else before + RATE_SMOOTHING * (latest - before)
        self._clock, self._done_before = now, self.job.done


def _beat_until(over: threading.Event, job: Job) -> None:
    held = Job.objects.filter(pk=job.pk, claim=job.claim)
    try:
        while not over.wait(BEAT_SECONDS) and held.update(heartbeat_at=timezone.now()):
            pass
    finally:
        connection.close()


def create_job(
    workspace: Workspace,
    *,
    kind: str,
    author: Author,
    dataset: Dataset | None = None,
    file: File | None = None,
    revision: Revision | None = None,
    options: dict[str, Any] | None = None,
) -> Job:
    """Writes the row within the caller's transaction and sends it when that is committed."""
    job = Job.objects.create(
        workspace=workspace,
        dataset=dataset,
        file=file,
        revision=revision,
        created_by_id=author.user_id,
        api_key_id=author.api_key_id,
        door=author.door,
        kind=kind,
        settings=options or {},
    )
    transaction.on_commit(lambda: send_job(job.id))
    return job


def send_job(job_id: UUID) -> None:
    """Tells the workers. A broker that is away loses nothing: the sweep sends again."""
    from datasets.tasks import run_job  # noqa: PLC0415  (a task is the one late import)

    try:
        run_job.apply_async((str(job_id),), retry=False)
    except BrokerError:
        logger.warning("broker unreachable, job %s waits for the sweep", job_id)


@transaction.atomic
def claim_job(job_id: UUID, now: datetime, *, held: UUID | None = None) -> Job | None:
    """The job under a new claim, or None when it has ended or a live worker has it.

    `held` is a claim that the caller had before the database went away, and may renew.
    """
    stale = now - timedelta(seconds=settings.JOB_STALE_SECONDS)
    free = Q(claim=None) | Q(heartbeat_at__lt=stale) | Q(claim=held)
    claimed = Job.objects.active().filter(free, pk=job_id)
    has_begun = claimed.filter(status=Job.Status.QUEUED).update(
        status=Job.Status.RUNNING,
        claim=(claim := new_id()),
        attempts=F("attempts") + 1,
        started_at=now,
        heartbeat_at=now,
    )
    if not has_begun and not claimed.exclude(status=Job.Status.QUEUED).update(
        claim=claim, attempts=F("attempts") + 1, heartbeat_at=now
    ):
        return None
    job = Job.objects.select_related("dataset", "file", "revision").get(pk=job_id)
    if has_begun:
        log_job_event(job, "started")
    return job


def run_claimed(job: Job) -> None:
    """Runs a claimed job to one of its ends. Anything unforeseen is raised, after the job was marked as failed."""
    run, handler = JobRun(job), _handlers[job.kind]
    try:
        if job.attempts > MAX_ATTEMPTS:
            _set_failure(job, f"The worker died {MAX_ATTEMPTS} times at the same place; see its log.")
        if not job.is_being_taken_back:
            _run_or_fail(run, handler)
        if job.is_being_taken_back:
            _take_back(run, handler)
    except ClaimLostError:
        logger.warning("job %s was taken over by another worker", job.id)


def _run_or_fail(run: JobRun, handler: JobHandler) -> None:
    job = run.job
    try:
        handler.run(run)
        _end(job, Job.Status.COMPLETED, job.message)
    except JobCancelledError:
        job.status = Job.Status.CANCELLING
    except DomainError as error:
        _set_failure(job, str(error))


def _take_back(run: JobRun, handler: JobHandler) -> None:
    job = run.job
    job.refresh_from_db(fields=["result"])  # A step that was rolled back may have said more.
    job.message = ""
    handler.take_back(run)
    if job.failure:
        _end(job, Job.Status.FAILED, job.failure)
    else:
        _end(job, Job.Status.CANCELLED, job.message or "Cancelled; what it had written was taken back.")


def _statuses_that_allow(job: Job) -> tuple[str, ...]:
    """A cancelled job may only take back; one that takes back need not hear of a cancellation."""
    if job.is_being_taken_back:
        return (Job.Status.RUNNING, Job.Status.CANCELLING)
    return (Job.Status.RUNNING,)


def _set_failure(job: Job, sentence: str) -> None:
    job.failure = sentence
    if not Job.objects.filter(pk=job.pk, claim=job.claim).update(failure=sentence):
        raise ClaimLostError


@transaction.atomic
def _end(job: Job, status: str, message: str) -> None:
    now = timezone.now()
    moved = Job.objects.filter(pk=job.pk, claim=job.claim, status__in=_statuses_that_allow(job)).update(
        status=status, message=message, claim=None, rate=None, ended_at=now, heartbeat_at=now, updated_at=now
    )
    if not moved:
        raise JobCancelledError if status == Job.Status.COMPLETED else ClaimLostError
    job.status, job.message, job.ended_at = status, message, now
    log_job_event(job, status)


def log_job_event(job: Job, what: str) -> Event:
    """`what` is started, completed, failed or cancelled."""
    return log_event(
        job.workspace_id,
        f"{job.kind.replace('_', '.')}.{what}",
        dataset_id=job.dataset_id,
        file_id=job.file_id,
        job_id=job.id,
        revision_id=job.revision_id,
        user_id=job.created_by_id,
        meta={**({"message": job.message} if job.message else {}), **job.result},
    )


@transaction.atomic
def cancel_job(job: Job) -> None:
    """Stops a waiting job at once and a running one at its next step. Raises JobEndedError."""
    now = timezone.now()
    job.refresh_from_db()
    if job.result.get("published"):
        raise JobEndedError(
            "The records are in already, only the search over them is still being made ready."
        )
    waiting = Job.objects.filter(pk=job.pk, status=Job.Status.QUEUED, claim=None)
    running = Job.objects.filter(pk=job.pk, status__in=(Job.Status.RUNNING, Job.Status.CANCELLING))
    if waiting.update(status=Job.Status.CANCELLED, message="Cancelled before it began.", ended_at=now):
        job.refresh_from_db()
        discard_pending(job)
        log_job_event(job, "cancelled")
    elif not running.update(status=Job.Status.CANCELLING, updated_at=now):
        raise JobEndedError("The job has ended already.")
    job.refresh_from_db()


def discard_pending(job: Job) -> None:
    """Drops the job's unpublished revision, if it has one and nothing names it any more."""
    Revision.objects.pending().filter(job=job).delete()


def send_again(now: datetime) -> int:
    """The sweep: sends jobs whose message was lost or whose worker died; their number."""
    stale = now - timedelta(seconds=settings.JOB_STALE_SECONDS)
    due = [*Job.objects.unsent(stale).values_list("id", flat=True)[:1000]]
    due += Job.objects.stalled(stale).values_list("id", flat=True)[:1000]
    Job.objects.filter(id__in=due).update(sent_at=now)
    for job_id in due:
        send_job(job_id)
    return len(due)
