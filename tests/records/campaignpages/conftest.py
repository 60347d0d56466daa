from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from datasets import jobs
from datasets.models import Job
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib.filters import Group
from records.actions import start_campaign
from tests.factories.judges import JudgeDraftFactory
from tests.factories.threads import keep_logs
from tests.judge_server import JudgeServer, running_judge
from threads import asking
from threads.judge_actions import create_judge
from threads.models import Campaign, Judge, Log
from threads.types import CampaignDraft, LogDraft

Begin = Callable[..., Campaign]
Finish = Callable[[Campaign], Job]


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    monkeypatch.setattr(asking, "FIRST_WAIT_SECONDS", 0.001)
    with running_judge() as running:
        settings.JUDGE_URL = running.url
        yield running


@pytest.fixture
def judge(workspace: Workspace, alice: User) -> Judge:
    return create_judge(workspace, JudgeDraftFactory.create(name="Content"), owner=alice)


@pytest.fixture
def logs(workspace: Workspace) -> list[Log]:
    """Six, every second one with thanks; the newest first."""
    drafts = [LogDraft(input=f"Question {n}", output="Thanks" if n % 2 else "Go away") for n in range(6)]
    return keep_logs(workspace, *drafts)[::-1]


@pytest.fixture
def begin(workspace: Workspace, alice: User, author: Author) -> Begin:
    """Starts a campaign over all logs."""

    def do(judge: Judge | None, *, size: int = 100) -> Campaign:
        draft = CampaignDraft(
            workspace=workspace,
            environment="prod",
            name="Are they content?",
            description="",
            condition=Group(),
            max_logs=size,
        )
        return start_campaign(draft, judge=judge, owner=alice, author=author)

    return do


@pytest.fixture
def finish() -> Finish:
    """Runs the job of a campaign, as the worker would."""

    def do(campaign: Campaign) -> Job:
        assert campaign.job_id is not None
        run(campaign.job_id)
        return Job.objects.get(pk=campaign.job_id)

    return do


def run(job_id: Any) -> None:
    claimed = jobs.claim_job(job_id, timezone.now())
    assert claimed is not None
    jobs.run_claimed(claimed)
