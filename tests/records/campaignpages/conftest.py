from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.utils import timezone

from datasets import jobs
from datasets.models import Job
from threads.models import Campaign

Finish = Callable[[Campaign], Job]


@pytest.fixture
def finish() -> Finish:
    """Runs the job of a campaign, as the worker would."""

    def do(campaign: Campaign) -> Job:
        assert campaign.job_id is not None
        run(campaign.job_id)
        return Job.objects.get(pk=campaign.job_id)

    return do


def run(job_id: UUID) -> None:
    claimed = jobs.claim_job(job_id, timezone.now())
    assert claimed is not None
    jobs.run_claimed(claimed)
