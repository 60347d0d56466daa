from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets import jobs
from datasets.actions import delete_dataset
from datasets.models import Dataset, Door, Event, Job
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib.filters import Condition, FilterError, Group, Operator
from records.actions import (
    change_sampling_rule,
    create_sampling_rule,
    delete_sampling_rule,
    pause_sampling_rule,
    repeat_run,
    resume_sampling_rule,
    run_due_rules,
    run_sampling_rule,
    start_sample,
)
from records.logsamples import LogSample
from records.models import Record
from tests.factories.threads import keep_logs
from tests.jobs import finish_all
from threads.actions import add_logs
from threads.arrivals import SETTLE, settled_until
from threads.errors import (
    RuleInvalidError,
    RuleNotFoundError,
    RuleNothingNewError,
    RunNotRepeatableError,
)
from threads.models import Log, SamplingRule, SamplingRun
from threads.sampling import Candidate, SampleError, SampleRule, chosen
from threads.schedules import DAILY, HOURLY, Schedule, ScheduleError
from threads.types import LogDraft, RuleTerms

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERMS = RuleTerms("Hourly", SampleRule("s"), Schedule(HOURLY, time(0, 0)))

MakeRule = Callable[..., SamplingRule]


@pytest.fixture
def make_rule(dataset: Dataset, alice: User, author: Author) -> MakeRule:
    def make(terms: RuleTerms = TERMS, *, now: datetime = NOON, **values: Any) -> SamplingRule:
        given: dict[str, Any] = {"environment": "prod", "condition": Group(), "since": None, **values}
        return create_sampling_rule(dataset, terms, owner=alice, author=author, now=now, **given)

    return make


def arrive(
    workspace: Workspace, arrived_at: datetime, *, logged_at: datetime | None = None, **values: Any
) -> Log:
    """A log that came in at a moment, as if that were now."""
    environment = values.pop("environment", "prod")
    [log] = keep_logs(
        workspace, LogDraft(input="Q?", output="A.", logged_at=logged_at or arrived_at, **values),
        environment=environment,
    )  # fmt: skip
    Log.objects.filter(pk=log.pk).update(created_at=arrived_at)
    return log


def taken(dataset: Dataset) -> set[UUID]:
    return {log_id for record in Record.objects.in_dataset(dataset) for log_id in record.log_ids or ()}


def windows_of(rule: SamplingRule) -> list[tuple[datetime | None, datetime]]:
    return list(rule.runs.order_by("ends_at").values_list("begins_at", "ends_at"))


def test_a_rule_takes_what_came_in_since_its_last_window(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace
) -> None:
    arrive(workspace, NOON - HOUR)
    rule = make_rule()
    assert (rule.next_run_at, rule.takes_history) == (NOON + HOUR, False)
    first = arrive(workspace, NOON + timedelta(minutes=10))
    assert run_due_rules(NOON + timedelta(minutes=59)) == 0
    assert run_due_rules(NOON + HOUR) == 1
    [job] = finish_all()
    assert (job.message, job.door, job.kind) == ("1 logs sampled.", Door.SCHEDULE, Job.Kind.SAMPLE_LOGS)
    second = arrive(workspace, NOON + timedelta(minutes=70))
    run_due_rules(NOON + 2 * HOUR)
    finish_all()
    assert taken(dataset) == {first.id, second.id}
    assert windows_of(rule) == [
        (None, NOON + HOUR - SETTLE),
        (NOON + HOUR - SETTLE, NOON + 2 * HOUR - SETTLE),
    ]


def test_a_record_says_which_rule_window_filter_and_seed_took_it(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace
) -> None:
    rule = make_rule(condition=Group((Condition("model", Operator.IS, "large"),)))
    arrive(workspace, NOON + timedelta(minutes=10), model="small")
    for hour in (1, 2):
        arrive(workspace, NOON + hour * HOUR - timedelta(minutes=10), model="large")
        run_due_rules(NOON + hour * HOUR)
    finish_all()
    _, record = Record.objects.in_dataset(dataset).in_order()
    sample = record.as_payload["log"]["sample"]
    assert sample["sampling_rule"] == {"id": str(rule.id), "name": "Hourly"}
    assert sample["rule"]["seed"] == "s"
    assert sample["arrival"] == {"begin": "2026-03-01T12:59:00+00:00", "end": "2026-03-01T13:59:00+00:00"}
    assert sample["filter"]["all"][0]["value"] == "large"
    assert dataset.revisions.latest("number").note.startswith("Hourly: 100 %, seed 's' of logs that came in")


def test_late_logs_are_taken_when_they_come_unless_they_happened_before_the_rule_looks(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace
) -> None:
    make_rule()
    run_due_rules(NOON + HOUR)
    late = arrive(workspace, NOON + 1.5 * HOUR, logged_at=NOON + timedelta(minutes=1))
    arrive(workspace, NOON + 1.5 * HOUR, logged_at=NOON - timedelta(minutes=1))
    run_due_rules(NOON + 2 * HOUR)
    finish_all()
    assert taken(dataset) == {late.id}


def test_a_rule_with_history_begins_at_once_with_what_is_there_from_its_date(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace
) -> None:
    arrive(workspace, NOON - 48 * HOUR)
    wanted = [arrive(workspace, NOON - 24 * HOUR), arrive(workspace, NOON - HOUR)]
    rule = make_rule(since=NOON - 24 * HOUR)
    assert rule.takes_history
    assert run_due_rules(NOON) == 1
    wanted.append(arrive(workspace, NOON))
    run_due_rules(NOON + HOUR)
    finish_all()
    assert taken(dataset) == {log.id for log in wanted}


def test_a_rule_sees_only_its_environment_filter_and_workspace(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace, stranger_workspace: Workspace
) -> None:
    make_rule(condition=Group((Condition("model", Operator.IS, "large"),)), environment="test")
    for place in (workspace, stranger_workspace):
        for environment in ("prod", "test"):
            for model in ("large", "small"):
                arrive(place, NOON + timedelta(minutes=5), model=model, environment=environment)
    run_due_rules(NOON + HOUR)
    finish_all()
    [log] = Log.objects.visible_to(workspace).filter(environment="test", model="large")
    assert taken(dataset) == {log.id}


def test_the_same_seed_takes_the_same_share_whatever_the_windows_and_a_size_counts_for_each(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace
) -> None:
    share = SampleRule("seed", Decimal(50))
    make_rule(RuleTerms("Share", share, Schedule(HOURLY, time(0, 0))))
    logs = [arrive(workspace, NOON + timedelta(minutes=5 * number)) for number in range(24)]
    for hour in (1, 2):
        run_due_rules(NOON + hour * HOUR)
    finish_all()
    assert taken(dataset) == chosen([Candidate(log.id) for log in logs[:24]], share)
    Record.objects.all().delete()
    make_rule(RuleTerms("Size", SampleRule("seed", size=3), Schedule(HOURLY, time(0, 0))))
    for hour in (1, 2):
        run_due_rules(NOON + hour * HOUR)
    finish_all()
    assert len(taken(dataset)) == 6


def test_beats_that_come_late_or_twice_take_each_log_once(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace
) -> None:
    rule = make_rule()
    logs = [arrive(workspace, NOON + timedelta(minutes=20 * number)) for number in range(12)]
    late = NOON + 5 * HOUR + timedelta(minutes=7)
    assert [run_due_rules(late), run_due_rules(late)] == [1, 0]
    rule.refresh_from_db()
    assert rule.next_run_at == NOON + 6 * HOUR
    finish_all()
    assert taken(dataset) == {log.id for log in logs}
    assert len(windows_of(rule)) == 1


def test_beats_side_by_side_start_one_sample(make_rule: MakeRule) -> None:
    rule = make_rule()

    def beat(_: int) -> int:
        try:
            return run_due_rules(NOON + HOUR)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=4) as beats:
        assert sum(beats.map(beat, range(4))) == 1
    assert len(windows_of(rule)) == Job.objects.count() == 1


def test_a_window_stands_once_in_the_database(make_rule: MakeRule) -> None:
    rule = make_rule()
    run_due_rules(NOON + HOUR)
    for begin, end in [(None, NOON + 9 * HOUR), (NOON, NOON)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            SamplingRun.objects.create(rule=rule, begins_at=begin, ends_at=end, job_id=rule.id)


steps = st.lists(
    st.tuples(
        st.sampled_from(["beat", "run now", "pause", "resume", "change", "log"]), st.integers(1, 60 * 24 * 3)
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_windows_follow_each_other_without_a_gap_whatever_happens_when(
    make_rule: MakeRule, author: Author, steps: list[tuple[str, int]]
) -> None:
    """No log would be missed or taken twice: of all moments before the last window's end each lies in one window."""
    now = NOON
    rule = make_rule(now=now)
    for what, minutes in steps:
        now += timedelta(minutes=minutes)
        do_to(rule, what, now, author)
    now += timedelta(days=2)
    resume_sampling_rule(rule, author=author, now=now - timedelta(days=1))
    run_due_rules(now)
    windows = windows_of(rule)
    assert windows[0][0] is None
    assert all(earlier[1] == later[0] for earlier, later in pairwise(windows))
    assert all(begin is None or begin < end for begin, end in windows)
    assert windows[-1][1] == now - SETTLE
    rule.refresh_from_db()
    assert rule.next_run_at is not None
    assert now < rule.next_run_at <= now + HOUR
    assert Job.objects.count() == len(windows)
    rule.delete()
    Job.objects.all().delete()


def do_to(rule: SamplingRule, what: str, now: datetime, author: Author) -> None:
    if what == "beat":
        run_due_rules(now)
    elif what == "run now":
        try:
            run_sampling_rule(rule, author=author, now=now)
        except RuleNothingNewError:
            assert rule.runs.filter(ends_at__gte=now - SETTLE).exists()
    elif what == "pause":
        pause_sampling_rule(rule, author=author)
    elif what == "resume":
        resume_sampling_rule(rule, author=author, now=now)
    elif what == "change":
        change_sampling_rule(rule, TERMS, author=author, now=now)


def test_a_paused_rule_waits_and_then_takes_what_came_meanwhile(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace, author: Author
) -> None:
    rule = pause_sampling_rule(make_rule(), author=author)
    assert rule.is_paused
    log = arrive(workspace, NOON + HOUR)
    assert run_due_rules(NOON + 24 * HOUR) == 0
    rule = resume_sampling_rule(rule, author=author, now=NOON + 24 * HOUR)
    assert run_due_rules(NOON + 25 * HOUR) == 1
    finish_all()
    assert taken(dataset) == {log.id}


def test_a_rule_runs_now_when_asked_even_while_it_is_paused(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace, author: Author
) -> None:
    rule = pause_sampling_rule(make_rule(), author=author)
    log = arrive(workspace, NOON + timedelta(minutes=1))
    job = run_sampling_rule(rule, author=author, now=NOON + timedelta(minutes=5))
    finish_all()
    assert (job.door, taken(dataset)) == (Door.PAGE, {log.id})
    with pytest.raises(RuleNothingNewError):
        run_sampling_rule(rule, author=author, now=NOON + timedelta(minutes=5))
    rule.refresh_from_db()
    assert rule.is_paused


def test_a_log_that_is_still_on_its_way_in_is_waited_for(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace, author: Author
) -> None:
    """Another connection keeps a log, and takes longer over it than logs are given to settle."""
    now = timezone.now()
    make_rule(now=now)
    kept, done = threading.Event(), threading.Event()

    def keep_slowly() -> None:
        with transaction.atomic():
            add_logs(workspace, "prod", [LogDraft(input="Slow", logged_at=now)], api_key=None)
            kept.set()
            done.wait(20)
        connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as other:
        ended = other.submit(keep_slowly)
        kept.wait(20)
        later = now + 2 * HOUR
        begun = settled_until(later)
        run_due_rules(later)
        done.set()
        ended.result()
    assert begun < timezone.now()
    assert finish_all()[0].message == "No log was taken."
    run_due_rules(later + HOUR)
    finish_all()
    assert taken(dataset) == {Log.objects.get().id}


def test_a_window_whose_job_failed_is_sampled_again_in_the_same_way(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace, author: Author
) -> None:
    rule = make_rule()
    log = arrive(workspace, NOON + timedelta(minutes=1))
    run_due_rules(NOON + HOUR)
    jobs.cancel_job(Job.objects.get())
    run = rule.runs.get()
    again = repeat_run(run, author=author)
    with pytest.raises(RunNotRepeatableError):
        repeat_run(run, author=author)
    finish_all()
    assert taken(dataset) == {log.id}
    assert rule.runs.get().job_id == again.id
    with pytest.raises(RunNotRepeatableError):
        repeat_run(run, author=author)


def test_a_rule_that_meets_a_log_of_another_sample_leaves_it_out(
    make_rule: MakeRule, dataset: Dataset, workspace: Workspace, author: Author
) -> None:
    make_rule()
    arrive(workspace, NOON + timedelta(minutes=1))
    start_sample(dataset, LogSample("prod", NOON, NOON + HOUR, SampleRule("by hand")), author=author)
    run_due_rules(NOON + HOUR)
    finish_all()
    assert Record.objects.in_dataset(dataset).count() == 1


def test_a_rule_that_cannot_run_is_paused_and_says_why_and_keeps_no_other_one(
    make_rule: MakeRule, workspace: Workspace, author: Author
) -> None:
    broken, sound = make_rule(), make_rule()
    bad = {"all": [{"field": "colour", "operator": "is", "value": "red"}]}
    SamplingRule.objects.filter(pk=broken.pk).update(condition=bad)
    assert run_due_rules(NOON + HOUR) == 1
    broken.refresh_from_db()
    assert broken.is_paused
    assert "colour" in broken.trouble
    assert not broken.runs.exists()
    assert sound.runs.exists()
    assert Event.objects.filter(type="rule.pause", meta__rule_id=str(broken.id)).exists()


def test_a_deleted_dataset_ends_its_rules(make_rule: MakeRule, dataset: Dataset, author: Author) -> None:
    rule = make_rule()
    delete_dataset(dataset, author=author)
    assert run_due_rules(NOON + HOUR) == 0
    rule.refresh_from_db()
    assert "dataset" in rule.trouble
    finish_all()
    assert not SamplingRule.objects.exists()


def test_each_step_of_a_rule_stands_in_the_event_log(
    make_rule: MakeRule, dataset: Dataset, alice: User, author: Author
) -> None:
    rule = make_rule()
    pause_sampling_rule(rule, author=author)
    pause_sampling_rule(rule, author=author)
    resume_sampling_rule(rule, author=author, now=NOON)
    changed = change_sampling_rule(
        rule, RuleTerms("Daily", SampleRule("t"), Schedule(DAILY, time(3))), author=author, now=NOON
    )
    assert (changed.name, changed.next_run_at) == ("Daily", NOON + 15 * HOUR)
    delete_sampling_rule(rule, author=author)
    events = Event.objects.filter(dataset_id=dataset.id, type__startswith="rule.").order_by("id")
    assert [(event.type, event.user_id) for event in events] == [
        (f"rule.{verb}", alice.id) for verb in ("create", "pause", "resume", "update", "delete")
    ]
    for action in (pause_sampling_rule, delete_sampling_rule):
        with pytest.raises(RuleNotFoundError):
            action(rule, author=author)


@pytest.mark.parametrize(
    ("terms", "values", "error"),
    [
        (RuleTerms(" ", SampleRule("s"), TERMS.schedule), {}, RuleInvalidError),
        (RuleTerms("n" * 101, SampleRule("s"), TERMS.schedule), {}, RuleInvalidError),
        (RuleTerms("n", SampleRule("s", Decimal(101)), TERMS.schedule), {}, SampleError),
        (RuleTerms("n", SampleRule("s"), Schedule("daily", time(0), "Nowhere")), {}, ScheduleError),
        (TERMS, {"since": NOON + HOUR}, RuleInvalidError),
        (TERMS, {"condition": Group((Condition("colour", Operator.IS, "red"),))}, FilterError),
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_leaves_nothing(
    make_rule: MakeRule, terms: RuleTerms, values: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        make_rule(terms, **values)
    assert not SamplingRule.objects.exists()
    assert not Event.objects.filter(type__startswith="rule.").exists()
