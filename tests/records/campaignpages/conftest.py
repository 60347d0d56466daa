from __future__ import annotations

from collections.abc import Callable

import pytest

from datasets.models import Job
from tests.jobs import finish as finish_job
from threads.models import Campaign

Finish = Callable[[Campaign], Job]


@pytest.fixture
def finish() -> Finish:
    """Runs the job of a campaign, as the worker would."""

    def do(campaign: Campaign) -> Job:
        assert campaign.job_id is not None
        return finish_job(Job.objects.get(pk=campaign.job_id))

    return do
