from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.files import File as Content
from django.utils import timezone

from datasets import jobs
from datasets.models import Dataset, Job
from files.actions import store_file
from project.accounts.types import Author
from records.actions import start_import

ImportBytes = Callable[..., Job]


@pytest.fixture
def import_bytes(dataset: Dataset, author: Author) -> ImportBytes:
    """Imports a file of these bytes as the worker would, in this process, and answers the ended job."""

    def run(content: bytes, *, is_strict: bool = False) -> Job:
        job = begin(content, is_strict=is_strict)
        claimed = jobs.claim_job(job.id, timezone.now())
        assert claimed is not None
        jobs.run_claimed(claimed)
        job.refresh_from_db()
        dataset.refresh_from_db()
        return job

    def begin(content: bytes, *, is_strict: bool) -> Job:
        file = store_file(
            dataset.workspace,
            Content(io.BytesIO(content)),
            name="lines.jsonl",
            created_by_id=dataset.owner_id,
        )
        return start_import(dataset, file, author=author, is_strict=is_strict)

    return run
