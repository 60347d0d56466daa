"""Samples that repeat themselves: a rule looks at the logs that came in since its last window, and takes its share of
them. A window and the job that samples it are made in one transaction with the step of the rule that ends the window,
under the rule's lock: so windows follow each other without a gap, and none is sampled twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from datasets.actions import create_dataset
from datasets.errors import DatasetNotFoundError
from datasets.events import log_event
from datasets.models import Dataset, Door, Job
from datasets.revisions import lock_dataset
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib import filterwords
from project.lib.errors import DomainError
from project.lib.filters import Group
from project.lib.texts import storable
from records.actions.log_samples import start_sample
from records.logsamples import Arrival, LogSample
from threads.arrivals import settled_until
from threads.content import AHEAD
from threads.errors import RuleInvalidError, RuleNotFoundError, RuleNothingNewError, RunNotRepeatableError
from threads.fields import LOG_FIELDS
from threads.models import SamplingRule, SamplingRun
from threads.types import RuleTerms

MAX_NAME = 100
RULES_AT_ONCE = 500


@transaction.atomic
def create_sampling_rule(
    dataset: Dataset,
    terms: RuleTerms,
    *,
    environment: str,
    condition: Group,
    since: datetime | None,
    owner: User,
    author: Author,
    now: datetime,
) -> SamplingRule:
    """A rule over the logs of an environment that match. With `since` it takes what is there already, as far as it says
    that it happened from then on, and begins at once; without, only what happens from now on. Raises RuleInvalidError,
    ScheduleError, SampleError, FilterError."""
    LOG_FIELDS.compile(condition)
    if since is not None and since > now:
        raise RuleInvalidError("The time from which logs are taken lies ahead; choose an earlier one.")
    lock_dataset(dataset)
    rule = SamplingRule(
        workspace_id=dataset.workspace_id,
        dataset_id=dataset.id,
        owner=owner,
        environment=environment,
        condition=filterwords.as_json(condition),
        since=since or now,
        created_at=now,
        **_values_of(terms),
    )
    rule.next_run_at = rule.schedule.next_after(now) if since is None else now
    rule.save(force_insert=True)
    _log(rule, "create", author)
    return rule


@transaction.atomic
def create_rule_of_its_own(
    workspace: Workspace,
    terms: RuleTerms,
    *,
    dataset_name: str,
    environment: str,
    condition: Group,
    since: datetime | None,
    owner: User,
    author: Author,
    now: datetime,
) -> SamplingRule:
    """As `create_sampling_rule`, into a new dataset. Raises DatasetInvalidError as well; then there is no dataset."""
    dataset = create_dataset(workspace, name=dataset_name, owner=owner, author=author)
    return create_sampling_rule(
        dataset,
        terms,
        environment=environment,
        condition=condition,
        since=since,
        owner=owner,
        author=author,
        now=now,
    )


@transaction.atomic
def change_sampling_rule(
    rule: SamplingRule, terms: RuleTerms, *, author: Author, now: datetime
) -> SamplingRule:
    """Windows that were sampled stay as they are. Raises what `create_sampling_rule` raises of the terms."""
    fresh = _lock(rule)
    for name, value in _values_of(terms).items():
        setattr(fresh, name, value)
    if not fresh.is_paused:
        fresh.next_run_at = fresh.schedule.next_after(now)
    fresh.save()
    _log(fresh, "update", author)
    return fresh


@transaction.atomic
def pause_sampling_rule(rule: SamplingRule, *, author: Author) -> SamplingRule:
    """What comes in meanwhile belongs to the first window after the pause."""
    fresh = _lock(rule)
    if not fresh.is_paused:
        fresh.pause()
        _log(fresh, "pause", author)
    return fresh


@transaction.atomic
def resume_sampling_rule(rule: SamplingRule, *, author: Author, now: datetime) -> SamplingRule:
    fresh = _lock(rule)
    if fresh.is_paused:
        fresh.wait(now)
        _log(fresh, "resume", author)
    return fresh


@transaction.atomic
def delete_sampling_rule(rule: SamplingRule, *, author: Author) -> None:
    """What it brought stays in the dataset, and so do the jobs that are under way."""
    fresh = _lock(rule)
    _log(fresh, "delete", author)
    fresh.delete()


@transaction.atomic
def run_sampling_rule(rule: SamplingRule, *, author: Author, now: datetime) -> Job:
    """Samples what came in since the last window, now. Raises RuleNothingNewError, and what `start_sample` raises."""
    job = _take_window(_lock(rule), author=author, now=now)
    if job is None:
        raise RuleNothingNewError(
            "Nothing can have come in since the last run. A log is taken once it is a minute old; try again then."
        )
    return job


def run_due_rules(now: datetime) -> int:
    """Starts what the rules whose time has come are to do; how many did. Safe beside others that do the same."""
    due = list(SamplingRule.objects.due(now).values_list("pk", flat=True)[:RULES_AT_ONCE])
    return sum(_run_if_due(rule_id, now) for rule_id in due)


@transaction.atomic
def repeat_run(run: SamplingRun, *, author: Author) -> Job:
    """Samples a window again whose job failed or was cancelled, in the same way. Raises RunNotRepeatableError."""
    rule = _lock(run.rule)
    run.refresh_from_db()
    job = Job.objects.get(pk=run.job_id)
    if job.status not in {Job.Status.FAILED, Job.Status.CANCELLED}:
        raise RunNotRepeatableError("This window was sampled already, or is being sampled.")
    again = start_sample(_dataset_of(rule), LogSample.from_json(job.settings), author=author)
    run.job_id = again.id
    run.save(update_fields=["job_id"])
    return again


@transaction.atomic
def _run_if_due(rule_id: UUID, now: datetime) -> bool:
    rule = SamplingRule.objects.due(now).filter(pk=rule_id).select_for_update(skip_locked=True).first()
    if rule is None:
        return False
    author = Author(user_id=rule.owner_id, door=Door.SCHEDULE)
    try:
        with transaction.atomic():
            job = _take_window(rule, author=author, now=now)
            rule.wait(now)
    except DomainError as error:
        rule.pause(trouble=str(error))
        _log(rule, "pause", author)
        return False
    return job is not None


def _take_window(rule: SamplingRule, *, author: Author, now: datetime) -> Job | None:
    """None when the window would be empty. The rule is locked."""
    arrival = Arrival(rule.window_end, settled_until(now))
    if arrival.begin is not None and arrival.end <= arrival.begin:
        return None
    job = start_sample(_dataset_of(rule), _sample_of(rule, arrival), author=author)
    SamplingRun.objects.create(rule=rule, begins_at=arrival.begin, ends_at=arrival.end, job_id=job.id)
    rule.window_end = arrival.end
    rule.save(update_fields=["window_end", "updated_at"])
    return job


def _sample_of(rule: SamplingRule, arrival: Arrival) -> LogSample:
    return LogSample(
        environment=rule.environment,
        start=rule.since,
        end=max(arrival.end, rule.since) + AHEAD,
        rule=rule.draw,
        condition=filterwords.group_from_json(rule.condition),
        skips_equal=rule.skips_equal,
        arrival=arrival,
        repeated_by=(str(rule.id), rule.name),
    )


def _dataset_of(rule: SamplingRule) -> Dataset:
    dataset = Dataset.objects.visible_to(rule.workspace).filter(pk=rule.dataset_id).first()
    if dataset is None:
        raise DatasetNotFoundError(
            "The dataset of the rule was deleted; delete the rule, or make another one."
        )
    return dataset


def _lock(rule: SamplingRule) -> SamplingRule:
    locked = SamplingRule.objects.select_for_update().filter(pk=rule.pk).first()
    if locked is None:
        raise RuleNotFoundError("The rule was deleted.")
    return locked


def _values_of(terms: RuleTerms) -> dict[str, object]:
    name = storable(terms.name).strip()
    if not 0 < len(name) <= MAX_NAME:
        raise RuleInvalidError(f"The name of a rule has 1 to {MAX_NAME} characters.")
    terms.draw.check()
    terms.schedule.check()
    return {
        "name": name,
        "draw_values": terms.draw.as_json(),
        "skips_equal": terms.skips_equal,
        "schedule_kind": terms.schedule.kind,
        "at": terms.schedule.at,
        "weekday": terms.schedule.weekday,
        "zone": terms.schedule.zone,
    }


def _log(rule: SamplingRule, verb: str, author: Author) -> None:
    log_event(
        rule.workspace_id,
        f"rule.{verb}",
        dataset_id=rule.dataset_id,
        user_id=author.user_id,
        meta={
            "name": rule.name,
            "rule_id": str(rule.id),
            **({"message": rule.trouble} if rule.trouble else {}),
        },
    )
