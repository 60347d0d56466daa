"""What a job does to the records that it has published, so that they are found: words first, then meaning."""

from __future__ import annotations

from django.db import connection

from datasets.jobs import JobRun
from records import embeddings, words
from records.phases import work_through

MANY_RECORDS = 1_000


def index_revision(run: JobRun, *, total: int) -> None:
    """Two phases, from the checkpoint on: words and vectors for all `total` records that the job's revision wrote."""
    if embeddings.PHASE.checkpoint not in run.job.checkpoint:
        work_through(run, words.PHASE, total=total)
        words.sweep_index()
    work_through(run, embeddings.PHASE, total=total)
    if total >= MANY_RECORDS:
        _refresh_statistics()


def _refresh_statistics() -> None:
    """PostgreSQL does it by itself, but minutes later, or never for a dataset that is a small part of all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE records_record, records_curation, records_recordwords, records_recordembedding"
        )
