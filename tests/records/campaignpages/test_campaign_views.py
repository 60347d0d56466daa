from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from datasets.models import Dataset, Job
from project.accounts.models import User, Workspace
from records.models import Record
from tests.factories.judges import JudgeDraftFactory
from tests.factories.threads import keep_logs
from tests.jobs import finish as finish_job
from tests.judge_server import JudgeServer
from tests.pages import FRAME, HTMX, html_of, url_of
from tests.records.campaignpages.conftest import Finish
from tests.records.conftest import Begin
from threads.actions import delete_logs
from threads.judge_actions import create_judge
from threads.models import Campaign, CampaignLog, Judge, Log
from threads.types import LogDraft, Scale

pytestmark = pytest.mark.django_db(transaction=True)


def _places(response: Any) -> list[int]:
    return [one.row.place for one in response.context["rows"]]


def _create(client: Client, query: str, **values: object) -> Any:
    """Follows to the address whose time is fixed, then sends the form there."""
    address = client.get(f"{url_of('campaigns:campaign_create')}?{query}")["Location"]
    return client.post(address, {"name": "Are they content?", "max_logs": 10, **values})


def test_what_the_logs_show_leads_to_a_campaign_of_them(
    bob_client: Client, bob: User, server: JudgeServer, judge: Judge, logs: list[Log], finish: Finish
) -> None:
    listed = bob_client.get(reverse("threads:log_list") + "?output_preview=Thanks")
    page = bob_client.get(listed.context["campaign_url"])
    assert str(page.context["matching"]) == "3"
    response = bob_client.post(
        listed.context["campaign_url"],
        {"name": "Are they content?", "description": "Of October.", "max_logs": 2, "judge": judge.id},
    )
    campaign = Campaign.objects.get()
    assert response["Location"] == url_of("campaigns:campaign_detail", campaign.id)
    assert (campaign.owner, campaign.max_logs, campaign.description) == (bob, 2, "Of October.")
    keep_logs(campaign.workspace, LogDraft(input="Too late", output="Thanks"))
    assert finish(campaign).message == "2 logs selected, 2 judged: 2 calls, 200 tokens in and 20 out"
    selected = CampaignLog.objects.of_campaign(campaign).values_list("log_id", flat=True)
    assert list(selected) == [logs[0].id, logs[2].id]
    detail = html_of(bob_client.get(url_of("campaigns:campaign_detail", campaign.id)))
    assert "Answer is Thanks" in detail


def test_a_campaign_without_a_judge_selects_and_says_so(
    bob_client: Client, logs: list[Log], finish: Finish
) -> None:
    _create(bob_client, "window=all")
    campaign = Campaign.objects.get()
    finish(campaign)
    page = bob_client.get(url_of("campaigns:campaign_detail", campaign.id))
    assert "selects logs and judges none of them" in html_of(page)
    assert _places(page) == [1, 2, 3, 4, 5, 6]
    assert not page.context["can_resume"]


@pytest.mark.parametrize(
    ("query", "values", "sentence"),
    [
        ("model=unknown", {}, "No log matches the filter"),
        ("cost:gte=many", {}, "cost"),
        ("", {"name": "ab"}, "at least 5 characters"),
        ("", {"max_logs": 10_001}, "less than or equal to 10000"),
        ("", {"judge": "00000000-0000-7000-8000-000000000000"}, "not there any more"),
    ],
)
def test_a_campaign_that_cannot_be_is_explained_and_leaves_nothing(
    bob_client: Client, logs: list[Log], query: str, values: dict[str, object], sentence: str
) -> None:
    response = _create(bob_client, query, **values)
    assert response.status_code == 422
    assert sentence in html_of(response)
    assert not Campaign.objects.exists()


def test_the_list_of_campaigns_tells_their_states_in_few_queries(
    alice_client: Client,
    server: JudgeServer,
    judge: Judge,
    logs: list[Log],
    begin: Begin,
    finish: Finish,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    finish(begin(judge))
    begin(None)
    with django_assert_num_queries(FRAME + 3):  # Campaigns, their jobs, whether a worker is there.
        page = html_of(alice_client.get(url_of("campaigns:campaign_list")))
    for told in ("Completed", "Waiting", "none, selects only"):
        assert told in page


def test_the_figures_count_answers_and_lead_to_them(
    alice_client: Client,
    server: JudgeServer,
    judge: Judge,
    logs: list[Log],
    begin: Begin,
    finish: Finish,
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.JUDGE_CONCURRENCY = 1
    server.troubles = ["no JSON", "no JSON"]
    campaign = begin(judge)
    finish(campaign)
    # Campaign with its judge, job, worker, answers, waiting, failures twice, logs of the campaign, logs.
    with django_assert_num_queries(FRAME + 9) as queries:
        page = alice_client.get(url_of("campaigns:campaign_detail", campaign.id))
    assert not [one for one in queries.captured_queries if '"threads_log"."input"' in one["sql"]]
    bars = {bar.label: (bar.number, bar.query) for bar in page.context["tally"].bars}
    assert bars == {
        "good": (2, "answer=good"),
        "bad": (3, "answer=bad"),
        "could not be judged": (1, "state=failed"),
    }
    assert "1 × The model did not answer with a JSON object" in re.sub(r"<[^>]+>", "", html_of(page))
    for number, query in bars.values():
        assert (
            len(_places(alice_client.get(f"{url_of('campaigns:campaign_detail', campaign.id)}?{query}")))
            == number
        )


def test_many_numbers_are_counted_by_ranges(
    alice_client: Client,
    alice: User,
    workspace: Workspace,
    server: JudgeServer,
    begin: Begin,
    finish: Finish,
) -> None:
    keep_logs(workspace, *[LogDraft(input=f"Question {n}", output="Yes") for n in range(21)])
    scale = Scale(low=0, high=10)
    numbers = create_judge(workspace, JudgeDraftFactory.create(scale=scale), owner=alice)
    server.rule = lambda prompt: int(re.findall(r"Question (\d+)", prompt)[-1]) / 2
    campaign = begin(numbers)
    finish(campaign)
    page = alice_client.get(url_of("campaigns:campaign_detail", campaign.id))
    bars = page.context["tally"].bars
    assert [bar.number for bar in bars] == [2] * 9 + [3]
    assert (bars[0].label, bars[0].query) == ("0 to 1", "answer=0..1")
    for bar in bars:
        shown = alice_client.get(f"{url_of('campaigns:campaign_detail', campaign.id)}?{bar.query}")
        assert len(_places(shown)) == bar.number
    one = alice_client.get(url_of("campaigns:campaign_detail", campaign.id, answer="2.5"))
    assert [each.row.answer for each in one.context["rows"]] == [2.5]


@pytest.mark.parametrize(
    "query", ["answer=x", "answer=..", "answer=nan..1", "state=x", "after=x", "log=x", "log=99999999"]
)
def test_no_address_breaks_the_page(
    alice_client: Client, judge: Judge, logs: list[Log], begin: Begin, query: str
) -> None:
    address = url_of("campaigns:campaign_detail", begin(judge).id)
    assert alice_client.get(f"{address}?{query}").status_code == 200


def test_pages_by_place_meet_every_log_once(
    alice_client: Client, logs: list[Log], begin: Begin, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.campaignpages.answers.PAGE_SIZE", 4)
    campaign = begin(None)
    finish(campaign)
    first = alice_client.get(url_of("campaigns:campaign_detail", campaign.id))
    second = alice_client.get(first.context["next_url"])
    assert [*_places(first), *_places(second)] == [1, 2, 3, 4, 5, 6]
    assert second.context["next_url"] == ""


def test_a_log_is_read_beside_the_list_with_its_verdict_and_neighbors_of_the_answer(
    alice_client: Client, server: JudgeServer, judge: Judge, logs: list[Log], begin: Begin, finish: Finish
) -> None:
    campaign = begin(judge)
    finish(campaign)
    response = alice_client.get(url_of("campaigns:campaign_log", campaign.id, 3, answer="good"), headers=HTMX)
    assert (response.context["previous_place"], response.context["next_place"]) == (1, 5)
    page = html_of(response)
    assert "As the rule says." in page
    assert "Question 3" in page
    assert "Question 3" in html_of(alice_client.get(url_of("campaigns:campaign_detail", campaign.id, log=3)))
    delete_logs([logs[2]])
    assert "This log was deleted" in html_of(
        alice_client.get(url_of("campaigns:campaign_log", campaign.id, 3))
    )


def test_a_dataset_is_made_of_the_logs_of_one_answer(
    bob_client: Client,
    server: JudgeServer,
    judge: Judge,
    logs: list[Log],
    begin: Begin,
    finish: Finish,
    dataset: Dataset,
) -> None:
    campaign = begin(judge)
    finish(campaign)
    address = url_of("campaigns:campaign_import", campaign.id, answer="good")
    assert bob_client.get(address).context["log_count"] == 3
    bob_client.post(address, {"name": "Good ones"})
    finish_job(Job.objects.latest("id"))
    records = Record.objects.filter(dataset__name="Good ones")
    assert [record.meta for record in records] == [{"Content": "good"}] * 3
    bob_client.post(url_of("campaigns:campaign_import", campaign.id), {"dataset": dataset.id})
    finish_job(Job.objects.latest("id"))
    assert Record.objects.in_dataset(dataset).count() == 6


def test_a_running_campaign_makes_no_dataset(
    bob_client: Client, judge: Judge, logs: list[Log], begin: Begin
) -> None:
    response = bob_client.post(url_of("campaigns:campaign_import", begin(judge).id), {"name": "Too early"})
    assert response.status_code == 422
    assert "still runs" in html_of(response)
    assert not Dataset.objects.exists()


def test_a_campaign_that_could_not_judge_is_resumed(
    bob_client: Client,
    server: JudgeServer,
    judge: Judge,
    logs: list[Log],
    begin: Begin,
    finish: Finish,
    settings: Settings,
) -> None:
    settings.JUDGE_CONCURRENCY = 1
    server.always = 401
    campaign = begin(judge)
    assert "refuses with 401" in finish(campaign).message
    server.always = None
    page = bob_client.get(url_of("campaigns:campaign_detail", campaign.id))
    assert page.context["can_resume"]
    bob_client.post(url_of("campaigns:campaign_resume", campaign.id))
    campaign.refresh_from_db()
    assert finish(campaign).result["judged"] == 6
    refused = bob_client.post(url_of("campaigns:campaign_resume", campaign.id), follow=True)
    assert "nothing is left to ask" in html_of(refused)


def test_a_campaign_gets_another_name(bob_client: Client, logs: list[Log], begin: Begin) -> None:
    campaign = begin(None)
    address = url_of("campaigns:campaign_rename", campaign.id)
    assert 'value="Are they content?"' in html_of(bob_client.get(address))
    assert bob_client.post(address, {"name": "x"}).status_code == 422
    bob_client.post(address, {"name": "October", "description": "Of the shop."})
    campaign.refresh_from_db()
    assert (campaign.name, campaign.description) == ("October", "Of the shop.")


def test_a_deleted_campaign_is_in_no_list_and_runs_no_longer(
    bob_client: Client, logs: list[Log], begin: Begin
) -> None:
    campaign = begin(None)
    assert bob_client.get(url_of("campaigns:campaign_delete", campaign.id)).status_code == 200
    bob_client.post(url_of("campaigns:campaign_delete", campaign.id))
    assert not Campaign.objects.visible_to(campaign.workspace).exists()
    assert Job.objects.get().status == Job.Status.CANCELLED


def test_a_viewer_reads_campaigns_and_starts_none(
    viewer_client: Client, logs: list[Log], begin: Begin, finish: Finish
) -> None:
    campaign = begin(None)
    finish(campaign)
    page = html_of(viewer_client.get(url_of("campaigns:campaign_detail", campaign.id)))
    assert "Question 1" in page
    assert "Make a dataset" not in page
    for name in ("campaign_rename", "campaign_delete", "campaign_resume", "campaign_import"):
        assert viewer_client.post(url_of(f"campaigns:{name}", campaign.id)).status_code == 403
    assert viewer_client.post(url_of("campaigns:campaign_create"), {"name": "Not mine"}).status_code == 403


def test_a_stranger_finds_no_campaign(charlie_client: Client, logs: list[Log], begin: Begin) -> None:
    campaign = begin(None)
    assert "Are they content?" not in html_of(charlie_client.get(url_of("campaigns:campaign_list")))
    for name in ("campaign_detail", "campaign_rename", "campaign_delete", "campaign_import"):
        assert charlie_client.get(url_of(f"campaigns:{name}", campaign.id)).status_code == 404
    assert charlie_client.post(url_of("campaigns:campaign_resume", campaign.id)).status_code == 404
    assert charlie_client.get(url_of("campaigns:campaign_log", campaign.id, 1)).status_code == 404
