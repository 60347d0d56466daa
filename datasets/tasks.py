import logging
from uuid import UUID

from celery import Task, shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

logger = logging.getLogger(__name__)


@shared_task(bind=True, ignore_result=True, max_retries=30)
def run_job(self: Task[..., None], job_id: str, claim: str | None = None) -> None:
    """Claims the job and runs it to its end; does nothing when it has ended or somebody else has it.

    While the database is away it tries again, under the claim that it held.
    """
    from datasets import jobs  # noqa: PLC0415

    try:
        job = jobs.claim_job(UUID(job_id), timezone.now(), held=UUID(claim) if claim else None)
        if job is not None:
            claim = str(job.claim)
            jobs.run_claimed(job)
    except (OperationalError, InterfaceError) as error:
        countdown = min(2**self.request.retries, 10)
        raise self.retry(args=(job_id, claim), exc=error, countdown=countdown) from error


@shared_task(ignore_result=True, expires=30)
def sweep_jobs() -> None:
    from datasets import jobs  # noqa: PLC0415

    sent = jobs.send_again(timezone.now())
    if sent:
        logger.info("sent %d jobs again", sent)


@shared_task(ignore_result=True, expires=30)
def tidy_uploads() -> None:
    from datasets import file_actions  # noqa: PLC0415

    file_actions.tidy_uploads(timezone.now())
