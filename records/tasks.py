import logging

from celery import shared_task
from django.db import connection
from django.utils import timezone

logger = logging.getLogger(__name__)

FILL_SECONDS = 25
_LOCK = 7_203_914  # Any number that no other advisory lock of ours has.


@shared_task(ignore_result=True, expires=30)
def fill_gaps() -> None:
    """Vectors for records that have none of the present model; one worker at a time. The next sweep goes on with it."""
    from project.lib.embedder import EmbedderError  # noqa: PLC0415
    from records import embeddings  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return
    try:
        filled = embeddings.fill_gaps(seconds=FILL_SECONDS)
        if filled:
            logger.info("embedded %d records that had no vector", filled)
    except EmbedderError as error:
        logger.warning("records wait for their vectors: %s", error)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


@shared_task(ignore_result=True, expires=3000)
def purge_trash() -> None:
    """Deletes for good what has been in the trash for too long."""
    from records import actions  # noqa: PLC0415

    purged = actions.purge_trash(timezone.now())
    if purged:
        logger.info("purged %d records from the trash", purged)


@shared_task(ignore_result=True, expires=30)
def run_sampling_rules() -> None:
    """Starts what is due; what beat missed is made up for, since a window begins where the last one ended."""
    from records import actions  # noqa: PLC0415

    started = actions.run_due_rules(timezone.now())
    if started:
        logger.info("started %d samples by rule", started)
