"""What a job does to the records that it has published, so that they are found: words first, then meaning."""

from __future__ import annotations

from datasets.jobs import JobRun
from records import embeddings, words
from records.phases import work_through


def index_revision(run: JobRun, *, total: int) -> None:
    """Two phases, from the checkpoint on: words and vectors for all `total` records that the job's revision wrote."""
    if embeddings.PHASE.checkpoint not in run.job.checkpoint:
        work_through(run, words.PHASE, total=total)
        words.sweep_index()
    work_through(run, embeddings.PHASE, total=total)
