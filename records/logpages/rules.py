"""Sampling rules and their runs as pages tell of them, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from datasets import job_words
from datasets.models import Dataset, Job
from project.accounts.models import Workspace
from project.lib import filterwords
from threads.fields import LOG_FIELDS
from threads.models import SamplingRule, SamplingRun

RUNS_SHOWN = 50
REPEATABLE = frozenset({Job.Status.FAILED, Job.Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class RunRow:
    """`job` is None when its row is gone."""

    run: SamplingRun
    job: Job | None
    state: job_words.JobState | None
    is_repeatable: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """`dataset` is None when it was deleted."""

    rule: SamplingRule
    dataset: Dataset | None
    filter: str
    last: RunRow | None


@dataclass(frozen=True, slots=True)
class RunPage:
    rows: list[RunRow]
    next_before: str


def read_rules(rules: Sequence[SamplingRule], workspace: Workspace, now: datetime) -> list[RuleRow]:
    datasets = Dataset.objects.visible_to(workspace).in_bulk({rule.dataset_id for rule in rules})
    last_runs = SamplingRun.objects.filter(rule__in=rules).order_by("rule_id", "-ends_at").distinct("rule_id")
    rows = {row.run.rule_id: row for row in _rows(list(last_runs), now)}
    return [
        RuleRow(rule, datasets.get(rule.dataset_id), filter_words(rule), rows.get(rule.id)) for rule in rules
    ]


def read_runs(rule: SamplingRule, now: datetime, *, before: datetime | None) -> RunPage:
    """The latest windows first, or those that ended before a moment."""
    runs = rule.runs.order_by("-ends_at")
    found = list((runs.filter(ends_at__lt=before) if before else runs)[: RUNS_SHOWN + 1])
    shown = found[:RUNS_SHOWN]
    has_more = len(found) > RUNS_SHOWN
    return RunPage(_rows(shown, now), shown[-1].ends_at.isoformat() if has_more else "")


def filter_words(rule: SamplingRule) -> str:
    return filterwords.in_words(filterwords.group_from_json(rule.condition), LOG_FIELDS)


def _rows(runs: Sequence[SamplingRun], now: datetime) -> list[RunRow]:
    jobs: dict[UUID, Job] = Job.objects.in_bulk([run.job_id for run in runs])
    return [_row(run, jobs.get(run.job_id), now) for run in runs]


def _row(run: SamplingRun, job: Job | None, now: datetime) -> RunRow:
    if job is None:
        return RunRow(run, None, None, is_repeatable=False)
    stale_after = timedelta(seconds=settings.JOB_STALE_SECONDS)
    state = job_words.state_of(job, now, stale_after=stale_after)
    return RunRow(run, job, state, is_repeatable=job.status in REPEATABLE)
