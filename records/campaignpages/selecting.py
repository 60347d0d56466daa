"""From what a page of logs shows to what a campaign selects."""

from __future__ import annotations

from typing import Any

from project.accounts.models import Workspace
from project.lib.filters import Condition, Group, Operator
from project.lib.timelimits import time_limit
from records.logpages.scope import Scope, spelled
from records.pages import Total
from threads.ids import EPOCH
from threads.models import Log
from threads.reading import count_up_to
from threads.types import CampaignDraft

COUNT_MS = 5_000


def condition_of(scope: Scope) -> Group:
    """The filter and the time as one filter. Raises FilterError."""
    begin = () if scope.start <= EPOCH else (_at(Operator.AT_LEAST, spelled(scope.start)),)
    return Group((*begin, _at(Operator.AT_MOST, spelled(scope.end)), *scope.filter.condition.conditions))


def draft_of(workspace: Workspace, scope: Scope, given: dict[str, Any]) -> CampaignDraft:
    """`given` is what the form says."""
    return CampaignDraft(
        workspace=workspace,
        environment=scope.environment,
        name=given["name"],
        description=given["description"],
        condition=condition_of(scope),
        max_logs=given["max_logs"],
    )


def count_matching(workspace: Workspace, environment: str, condition: Group, *, cap: int) -> Total:
    """Raises FilterError, TimeLimitError."""
    logs = Log.objects.visible_to(workspace).in_environment(environment).matching(condition)
    with time_limit(COUNT_MS):
        number = count_up_to(logs, cap=cap)
    return Total(min(number, cap), is_capped=number > cap)


def _at(operator: Operator, moment: str) -> Condition:
    return Condition("logged_at", operator, moment)
