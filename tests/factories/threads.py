"""Logs come into being through the action, with their thread and its totals; here are their drafts."""

from __future__ import annotations

from typing import Any

import factory

from project.accounts.models import Workspace
from threads.actions import add_logs
from threads.models import Log
from threads.types import LogDraft


class LogDraftFactory(factory.Factory[LogDraft]):
    class Meta:
        model = LogDraft

    model = "gpt-4o"
    input = factory.Sequence(lambda n: [{"role": "user", "content": f"Question {n}?"}])
    output = factory.Sequence(lambda n: {"role": "assistant", "content": f"Answer {n}."})
    prompt_tokens = 10
    completion_tokens = 5
    cost = 0.001
    latency = 0.5


def keep_logs(workspace: Workspace, *drafts: LogDraft, environment: str = "prod", **values: Any) -> list[Log]:
    """The logs of the drafts, or of one draft with these values. Fails on a draft that is refused."""
    given = list(drafts) or [LogDraftFactory.create(**values)]
    outcomes = add_logs(workspace, environment, given, api_key=None)
    assert not [outcome.error for outcome in outcomes if outcome.error]
    stored = Log.objects.in_bulk([outcome.log_id for outcome in outcomes if outcome.log_id])
    return [stored[outcome.log_id] for outcome in outcomes if outcome.log_id]
