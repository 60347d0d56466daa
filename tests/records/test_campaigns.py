from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from datasets import jobs
from datasets.models import Dataset, Job
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib.filters import Condition, FilterError, Group, Operator
from records import campaigns
from records.actions import delete_campaign, resume_campaign, start_campaign_import
from records.models import Record
from tests.factories.judges import JudgeDraftFactory
from tests.factories.threads import keep_logs
from tests.jobs import claim
from tests.jobs import finish as finish_job
from tests.judge_server import JudgeServer
from tests.stack import wait_until
from threads.actions import delete_logs
from threads.errors import (
    CampaignActiveError,
    CampaignEmptyError,
    CampaignOverError,
    JudgeInUseError,
    JudgingOffError,
)
from threads.judge_actions import create_judge, update_judge
from threads.models import Campaign, CampaignLog, Judge, Log
from threads.types import LogDraft, Scale

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 2
WORKER = """
import sys, django
django.setup()
from django.db import connection
from django.utils import timezone
from datasets import jobs
connection.settings_dict["NAME"] = sys.argv[1]
jobs.run_claimed(jobs.claim_job(sys.argv[2], timezone.now()))
"""


class CancelledRun(jobs.JobRun):
    """Somebody cancels it when its first logs are selected."""

    @contextmanager
    def step(self) -> Iterator[Job]:
        with super().step() as job:
            yield job
        if job.done:
            Job.objects.update(status=Job.Status.CANCELLING)


def job_of(campaign: Campaign) -> Job:
    assert campaign.job_id is not None
    return Job.objects.get(pk=campaign.job_id)


def finish(campaign: Campaign) -> Job:
    Job.objects.update(claim=None)
    return finish_job(job_of(campaign))


def answers(campaign: Campaign) -> list[Any]:
    return list(CampaignLog.objects.of_campaign(campaign).values_list("answer", flat=True))


def test_a_campaign_judges_each_of_its_logs_and_tells_what_it_cost(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log]
) -> None:
    campaign = begin(judge)
    job = finish(campaign)
    assert job.status == Job.Status.COMPLETED
    assert job.message == "6 logs selected, 6 judged: 6 calls, 600 tokens in and 60 out"
    rows = list(CampaignLog.objects.of_campaign(campaign))
    assert [row.log_id for row in rows] == [log.id for log in logs]
    assert [row.answer for row in rows] == ["good", "bad"] * 3
    assert {row.analysis for row in rows} == {"As the rule says."}
    campaign.refresh_from_db()
    assert campaign.selected_count == 6


def test_answers_stand_at_the_logs_and_can_be_filtered_by(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], workspace: Workspace, alice: User
) -> None:
    finish(begin(judge))
    field = f"answers.{judge.id.hex}"
    good = Log.objects.matching(Condition(field, Operator.IS, "good"))
    assert set(good.values_list("id", flat=True)) == {logs[0].id, logs[2].id, logs[4].id}
    numbers = create_judge(
        workspace, JudgeDraftFactory.create(scale=Scale(low=0, high=10), name="Numbers"), owner=alice
    )
    server.rule = lambda prompt: 9 if "Thanks" in prompt else 1
    finish(begin(numbers))
    high = Condition(f"scores.{numbers.id.hex}", Operator.ABOVE, 5)
    both = Group((high, Condition(field, Operator.IS, "good")))
    assert Log.objects.matching(both).count() == 3


def test_a_campaign_takes_the_newest_that_match(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "STEP_LOGS", 2)
    campaign = begin(judge, Condition("input_preview", Operator.NOT_CONTAINS, "5"), size=3)
    finish(campaign)
    selected = CampaignLog.objects.of_campaign(campaign).values_list("log_id", flat=True)
    assert list(selected) == [log.id for log in logs[1:4]]


@pytest.mark.parametrize("judged", [True, False])
def test_without_a_model_or_a_judge_a_campaign_selects_and_says_so(
    settings: Settings, begin: Any, judge: Judge, logs: list[Log], *, judged: bool
) -> None:
    settings.JUDGE_URL = ""
    campaign = begin(judge if judged else None)
    job = finish(campaign)
    assert job.status == Job.Status.COMPLETED
    expected = "6 logs selected, not judged, because no model is configured (JUDGE_URL)"
    assert job.message == (expected if judged else "6 logs selected")
    assert answers(campaign) == [None] * 6


def test_a_filter_that_matches_nothing_makes_no_campaign(begin: Any, judge: Judge, logs: list[Log]) -> None:
    with pytest.raises(CampaignEmptyError):
        begin(judge, Condition("model", Operator.IS, "unknown"))
    with pytest.raises(FilterError):
        begin(judge, Condition("colour", Operator.IS, "red"))
    assert not Campaign.objects.exists()
    assert not Job.objects.exists()


def test_a_campaign_never_sees_logs_of_the_other_environment_or_of_strangers(
    server: JudgeServer, begin: Any, judge: Judge, workspace: Workspace, stranger_workspace: Workspace
) -> None:
    keep_logs(workspace, environment="test")
    keep_logs(stranger_workspace)
    with pytest.raises(CampaignEmptyError):
        begin(judge)
    [own] = keep_logs(workspace)
    campaign = begin(judge)
    finish(campaign)
    assert list(CampaignLog.objects.of_campaign(campaign).values_list("log_id", flat=True)) == [own.id]


def test_what_cannot_be_judged_is_told_and_stops_nothing(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], settings: Settings, workspace: Workspace
) -> None:
    settings.JUDGE_CONCURRENCY = 1
    keep_logs(workspace, LogDraft())
    server.troubles = [503, "no JSON", "no JSON"]
    campaign = begin(judge)
    delete_logs([logs[3]])
    job = finish(campaign)
    assert job.status == Job.Status.COMPLETED
    assert (
        job.message == "6 logs selected, 4 judged, 2 could not be judged: 7 calls, 600 tokens in and 60 out"
    )
    failures = set(CampaignLog.objects.exclude(failure="").values_list("failure", flat=True))
    assert any("did not answer with a JSON object" in failure for failure in failures)
    assert any("at least one message" in failure for failure in failures)


def test_a_model_that_refuses_ends_the_run_and_keeps_what_was_answered(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], settings: Settings
) -> None:
    settings.JUDGE_CONCURRENCY = 1
    campaign = begin(judge)

    def answer_twice(prompt: str) -> str:
        if len(server.requests) == 2:
            server.always = 401
        return "good"

    server.rule = answer_twice
    job = finish(campaign)
    assert job.status == Job.Status.FAILED
    assert "JUDGE_KEY" in job.message
    assert answers(campaign) == ["good", "good", None, None, None, None]


def test_a_model_that_stays_away_ends_the_run(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "MAX_SILENCE", 2)
    server.always = 503
    job = finish(begin(judge))
    assert job.status == Job.Status.FAILED
    assert "503" in job.message


def test_a_killed_worker_s_run_asks_only_for_what_is_missing(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], settings: Settings
) -> None:
    settings.JUDGE_CONCURRENCY = 1
    campaign = begin(judge)
    claimed = claim(job_of(campaign))

    def take_the_claim_away(prompt: str) -> str:
        """With the third call, when two answers are kept."""
        if len(server.requests) == 3:
            wait_until(lambda: count_answers() == 2, 30)
            change_jobs(claim=None)
        return "bad"

    server.rule = take_the_claim_away
    jobs.run_claimed(claimed)
    assert answers(campaign) == ["bad", "bad", None, None, None, None]
    server.rule = lambda prompt: "good"
    job = finish(campaign)
    assert (job.status, job.result["judged"]) == (Job.Status.COMPLETED, 6)
    assert answers(campaign) == ["bad", "bad", *["good"] * 4]
    assert job.result["calls"] == 6


def test_a_worker_that_is_killed_leaves_only_what_was_under_way_to_be_asked_twice(
    server: JudgeServer, begin: Any, judge: Judge, workspace: Workspace
) -> None:
    keep_logs(workspace, *[LogDraft(input=f"Question {n}.", output="Yes") for n in range(20)])
    campaign = begin(judge)
    answered: list[str] = []

    def stop_answering(prompt: str) -> str:
        answered.append(prompt)
        if len(answered) == 5:
            server.hold.clear()
        return "good"

    server.rule = stop_answering
    worker = _worker_of(campaign, server)
    wait_until(lambda: len(server.requests) >= len(answered) + CALLERS and len(answered) >= 5, 60)
    wait_until(lambda: CampaignLog.objects.exclude(answer=None).count() == len(answered), 30)
    kept = len(answered)
    worker.kill()
    worker.wait()
    server.hold.set()
    server.rule = lambda prompt: "good"
    job = finish(campaign)
    assert (job.status, job.result["judged"], job.result["calls"]) == (Job.Status.COMPLETED, 20, 20)
    asked = Counter(request["messages"][1]["content"] for request in server.requests)
    assert len(asked) == 20
    assert sum(asked.values()) == 20 + CALLERS
    assert set(asked.values()) <= {1, 2}
    assert kept < 20


def _worker_of(campaign: Campaign, server: JudgeServer) -> subprocess.Popen[bytes]:
    """A process of its own that runs the job of a campaign, with CALLERS calls at a time."""
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "JUDGE_URL": server.url,
        "JUDGE_CONCURRENCY": str(CALLERS),
    }
    database = str(connection.settings_dict["NAME"])
    return subprocess.Popen([sys.executable, "-c", WORKER, database, str(campaign.job_id)], env=environ)


def count_answers() -> int:
    """From a thread of the server, as `change_jobs`."""
    try:
        return CampaignLog.objects.exclude(answer=None).count()
    finally:
        connection.close()


def change_jobs(**values: Any) -> None:
    """From a thread of the server, which leaves no connection behind."""
    try:
        Job.objects.update(**values)
    finally:
        connection.close()


def test_a_cancelled_run_keeps_its_answers_and_says_so(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], settings: Settings
) -> None:
    settings.JUDGE_CONCURRENCY = 1
    campaign = begin(judge)

    def cancel(prompt: str) -> str:
        if len(server.requests) == 1:  # A later call may end after the job has.
            change_jobs(status=Job.Status.CANCELLING)
        return "good"

    server.rule = cancel
    job = finish(campaign)
    assert job.status == Job.Status.CANCELLED
    assert job.message.startswith("Cancelled; what was done stays: 6 logs selected, 0 judged")


def test_a_resumed_campaign_asks_only_for_what_has_no_answer(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], settings: Settings, author: Author
) -> None:
    settings.JUDGE_CONCURRENCY = 1
    server.troubles = ["no JSON", "no JSON"]
    campaign = begin(judge)
    with pytest.raises(CampaignActiveError):
        resume_campaign(campaign, author=author)
    assert finish(campaign).result["failed"] == 1
    resume_campaign(campaign, author=author)
    job = finish(campaign)
    assert job.message == "6 logs selected, 6 judged: 8 calls, 800 tokens in and 80 out"
    assert answers(campaign) == ["good", "bad"] * 3
    assert not CampaignLog.objects.without_answer().exists()
    with pytest.raises(CampaignOverError):
        resume_campaign(campaign, author=author)


def test_a_campaign_that_was_cancelled_while_it_selected_is_resumed_where_it_stopped(
    begin: Any, logs: list[Log], author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "STEP_LOGS", 2)
    campaign = begin(None)
    claimed = claim(job_of(campaign))

    with pytest.raises(jobs.JobCancelledError):
        campaigns.CampaignRun().run(CancelledRun(claimed))
    Job.objects.update(status=Job.Status.CANCELLED, claim=None)
    assert CampaignLog.objects.count() == 2
    resume_campaign(campaign, author=author)
    assert finish(campaign).message == "6 logs selected"
    places = CampaignLog.objects.of_campaign(campaign).values_list("place", "log_id")
    assert list(places) == [(place, log.id) for place, log in enumerate(logs, 1)]


def test_a_campaign_without_a_model_is_judged_once_there_is_one(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], settings: Settings, author: Author
) -> None:
    settings.JUDGE_URL = ""
    campaign = begin(judge)
    finish(campaign)
    with pytest.raises(JudgingOffError):
        resume_campaign(campaign, author=author)
    settings.JUDGE_URL = server.url
    resume_campaign(campaign, author=author)
    assert finish(campaign).result["judged"] == 6


def test_a_judge_that_judged_a_campaign_stays_as_it_was(begin: Any, judge: Judge, logs: list[Log]) -> None:
    update_judge(judge, JudgeDraftFactory.create(name="Content now"))
    begin(judge)
    with pytest.raises(JudgeInUseError):
        update_judge(judge, JudgeDraftFactory.create(name="Content later"))
    judge.refresh_from_db()
    assert update_judge(judge, judge.draft) == judge


def test_a_deleted_campaign_is_in_no_list_and_its_answers_stay_with_the_logs(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], workspace: Workspace
) -> None:
    campaign = begin(judge)
    finish(campaign)
    delete_campaign(campaign)
    assert not Campaign.objects.visible_to(workspace).exists()
    assert Log.objects.matching(Condition(f"answers.{judge.id.hex}", Operator.EXISTS)).count() == 6
    waiting = begin(judge)
    delete_campaign(waiting)
    assert job_of(waiting).status == Job.Status.CANCELLED


def test_a_campaign_becomes_records_with_the_judge_s_answer_in_their_meta(
    server: JudgeServer, begin: Any, judge: Judge, logs: list[Log], dataset: Dataset, author: Author
) -> None:
    campaign = begin(judge, size=2)
    with pytest.raises(CampaignActiveError):
        start_campaign_import(dataset, campaign, author=author)
    finish(campaign)
    job = start_campaign_import(dataset, campaign, author=author)
    finish_job(job)
    records = list(Record.objects.in_dataset(dataset).in_order())
    assert [record.meta for record in records] == [{"Content": "good"}, {"Content": "bad"}]
    assert [record.log_ids for record in records] == [[logs[0].id], [logs[1].id]]
