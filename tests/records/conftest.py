from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files import File as Content
from pytest_django import Settings

from datasets.models import Dataset, Job
from files.actions import store_file
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib.filters import Group
from records.actions import start_campaign, start_import
from tests.factories.judges import JudgeDraftFactory
from tests.factories.threads import keep_logs
from tests.jobs import finish
from tests.judge_server import JudgeServer, running_judge
from threads import asking
from threads.judge_actions import create_judge
from threads.models import Campaign, Judge, Log
from threads.types import CampaignDraft, LogDraft

ImportBytes = Callable[..., Job]
Begin = Callable[..., Campaign]


@pytest.fixture
def import_bytes(dataset: Dataset, author: Author) -> ImportBytes:
    """Imports a file of these bytes as the worker would, in this process, and answers the ended job."""

    def run(content: bytes, *, is_strict: bool = False) -> Job:
        job = accept(content, is_strict=is_strict)
        return finish(job, dataset)

    def accept(content: bytes, *, is_strict: bool) -> Job:
        file = store_file(
            dataset.workspace,
            Content(io.BytesIO(content)),
            name="lines.jsonl",
            created_by_id=dataset.owner_id,
        )
        return start_import(dataset, file, author=author, is_strict=is_strict)

    return run


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
    """Six, every second one with thanks; the newest first. Modules that need others have their own."""
    drafts = [LogDraft(input=f"Question {n}", output="Thanks" if n % 2 else "Go away") for n in range(6)]
    return keep_logs(workspace, *drafts)[::-1]


@pytest.fixture
def begin(workspace: Workspace, alice: User, author: Author) -> Begin:
    """Starts a campaign over all logs, or those of a condition."""

    def do(judge: Judge | None, condition: Any = None, *, size: int = 100) -> Campaign:
        draft = CampaignDraft(
            workspace=workspace,
            environment="prod",
            name="Are they content?",
            description="",
            condition=condition or Group(),
            max_logs=size,
        )
        return start_campaign(draft, judge=judge, owner=alice, author=author)

    return do
