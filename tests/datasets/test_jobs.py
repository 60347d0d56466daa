from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from datasets import jobs
from datasets.errors import JobEndedError
from datasets.models import Dataset, Event, Job
from datasets.tasks import run_job
from project.accounts.types import Author
from project.lib.errors import InvalidError
from tests.jobs import claim, finish
from tests.stack import wait_until

pytestmark = pytest.mark.django_db

KIND = Job.Kind.PURGE_DATASET


class ScriptedHandler:
    """A handler whose work a test writes."""

    def __init__(self) -> None:
        self.work: Callable[[jobs.JobRun], None] = lambda run: None
        self.taken_back = 0

    def run(self, run: jobs.JobRun) -> None:
        self.work(run)

    def take_back(self, run: jobs.JobRun) -> None:
        self.taken_back += 1


@pytest.fixture
def handler() -> Iterator[ScriptedHandler]:
    before = jobs._handlers[KIND]
    scripted = ScriptedHandler()
    jobs.register_handler(KIND, scripted)
    yield scripted
    jobs.register_handler(KIND, before)


@pytest.fixture
def job(dataset: Dataset, author: Author) -> Job:
    return jobs.create_job(dataset.workspace, kind=KIND, author=author, dataset=dataset)


def test_a_job_is_sent_when_its_row_is_committed(
    dataset: Dataset, author: Author, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        jobs.create_job(dataset.workspace, kind=KIND, author=author, dataset=dataset)
    assert len(callbacks) == 1


def test_a_claimed_job_cannot_be_claimed_again(job: Job, handler: ScriptedHandler) -> None:
    claim(job)
    assert jobs.claim_job(job.id, timezone.now()) is None


def test_a_job_whose_worker_went_silent_can_be_claimed(job: Job, settings: Settings) -> None:
    claim(job)
    later = timezone.now() + timedelta(seconds=settings.JOB_STALE_SECONDS + 1)
    assert jobs.claim_job(job.id, later) is not None


def test_a_worker_may_renew_the_claim_that_it_held(job: Job) -> None:
    held = claim(job).claim
    assert jobs.claim_job(job.id, timezone.now(), held=held) is not None


def test_a_job_completes_and_says_so_in_the_event_log(job: Job, handler: ScriptedHandler) -> None:
    assert finish(job).status == Job.Status.COMPLETED
    assert job.claim is None
    types = Event.objects.filter(job_id=job.id).order_by("id").values_list("type", flat=True)
    assert list(types) == ["purge.dataset.started", "purge.dataset.completed"]


def test_running_a_message_twice_does_the_work_once(job: Job, handler: ScriptedHandler) -> None:
    seen: list[int] = []
    handler.work = lambda run: seen.append(1)
    run_job(str(job.id))
    run_job(str(job.id))
    assert seen == [1]


def test_a_domain_error_fails_the_job_and_takes_its_work_back(job: Job, handler: ScriptedHandler) -> None:
    def refuse(run: jobs.JobRun) -> None:
        raise InvalidError("Line 3 is bad.")

    handler.work = refuse
    assert (finish(job).status, job.message, handler.taken_back) == (Job.Status.FAILED, "Line 3 is bad.", 1)


def test_a_step_commits_progress_and_checkpoint_together(job: Job, handler: ScriptedHandler) -> None:
    def work(run: jobs.JobRun) -> None:
        with run.step() as step:
            step.done, step.total, step.checkpoint = 3, 10, {"next": 3}
        raise MemoryError

    handler.work = work
    with pytest.raises(MemoryError):
        jobs.run_claimed(claim(job))
    job.refresh_from_db()
    assert (job.done, job.percent, job.checkpoint, job.status) == (3, 30, {"next": 3}, Job.Status.RUNNING)


@pytest.mark.django_db(transaction=True)
def test_a_long_step_says_beside_its_transaction_that_the_worker_lives(
    job: Job, handler: ScriptedHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.01)
    long_ago = timezone.now() - timedelta(hours=1)

    def beaten() -> bool:
        job.refresh_from_db(fields=["heartbeat_at"])
        return job.heartbeat_at is not None and job.heartbeat_at > long_ago

    def work(run: jobs.JobRun) -> None:
        Job.objects.filter(pk=job.pk).update(heartbeat_at=long_ago)
        with run.beating(), run.step():
            wait_until(beaten, 10)

    handler.work = work
    assert finish(job).status == Job.Status.COMPLETED


def test_a_step_under_a_lost_claim_is_rolled_back(
    job: Job, dataset: Dataset, handler: ScriptedHandler
) -> None:
    def work(run: jobs.JobRun) -> None:
        Job.objects.filter(pk=job.pk).update(claim=None)
        with run.step():
            Dataset.objects.filter(pk=dataset.pk).update(name="written")

    handler.work = work
    jobs.run_claimed(claim(job))
    dataset.refresh_from_db()
    assert dataset.name == "Support"


def test_cancelling_a_waiting_job_ends_it_at_once(job: Job) -> None:
    jobs.cancel_job(job)
    assert job.status == Job.Status.CANCELLED
    assert jobs.claim_job(job.id, timezone.now()) is None
    with pytest.raises(JobEndedError):
        jobs.cancel_job(job)


def test_cancelling_a_running_job_stops_it_at_its_next_step(job: Job, handler: ScriptedHandler) -> None:
    def work(run: jobs.JobRun) -> None:
        jobs.cancel_job(Job.objects.get(pk=job.pk))
        with run.step() as step:
            step.done = 5

    handler.work = work
    assert (finish(job).status, job.done, handler.taken_back) == (Job.Status.CANCELLED, 0, 1)


def test_a_cancellation_in_the_last_moment_is_heard(job: Job, handler: ScriptedHandler) -> None:
    handler.work = lambda run: jobs.cancel_job(Job.objects.get(pk=job.pk))
    assert finish(job).status == Job.Status.CANCELLED


def test_a_job_that_kills_its_worker_again_and_again_fails(job: Job, handler: ScriptedHandler) -> None:
    Job.objects.filter(pk=job.pk).update(attempts=jobs.MAX_ATTEMPTS)
    assert finish(job).status == Job.Status.FAILED
    assert "died 5 times at the same place" in job.message


def test_the_sweep_sends_lost_and_stalled_jobs_and_no_others(
    dataset: Dataset, author: Author, settings: Settings
) -> None:
    lost, stalled, running, fresh, ended = (
        jobs.create_job(dataset.workspace, kind=KIND, author=author, dataset=dataset) for _ in range(5)
    )
    now = timezone.now()
    old = now - timedelta(seconds=settings.JOB_STALE_SECONDS + 1)
    Job.objects.filter(pk=lost.pk).update(sent_at=old)
    claim(stalled)
    Job.objects.filter(pk=stalled.pk).update(heartbeat_at=old)
    claim(running)
    Job.objects.filter(pk=ended.pk).update(sent_at=old, status=Job.Status.COMPLETED)
    assert jobs.send_again(now) == 2
    assert set(Job.objects.filter(sent_at=now).values_list("id", flat=True)) == {lost.id, stalled.id}
    assert fresh.sent_at != now


def test_a_retry_that_is_lost_while_cancelling_is_swept(job: Job, settings: Settings) -> None:
    claim(job)
    jobs.cancel_job(job)
    old = timezone.now() - timedelta(seconds=settings.JOB_STALE_SECONDS + 1)
    Job.objects.filter(pk=job.pk).update(claim=None, sent_at=old)
    assert jobs.send_again(timezone.now()) == 1


def test_time_left_follows_from_rate_and_total() -> None:
    job = Job(status=Job.Status.RUNNING, done=100, total=400, rate=50.0)
    assert job.time_left == timedelta(seconds=6)
    assert Job(status=Job.Status.RUNNING, done=1).time_left is None
