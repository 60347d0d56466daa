from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from datasets import jobs
from datasets.models import Dataset, Job
from project.accounts.models import User
from project.accounts.types import Author
from project.lib.filters import Group
from records.actions import create_sampling_rule, pause_sampling_rule, run_due_rules
from tests.pages import FRAME, html_of, url_of
from threads.models import SamplingRule, SamplingRun
from threads.sampling import SampleRule
from threads.schedules import HOURLY, Schedule
from threads.types import RuleTerms

SCOPE = {"env": "test", "from": "2026-03-01T12:00:00Z", "to": "2026-03-01T13:00:00Z", "model": "large"}
GIVEN = {
    "rule_name": "Nightly",
    "schedule": "daily",
    "at": "02:30",
    "weekday": "0",
    "zone": "Europe/Zurich",
    "history": "now",
    "percent": "20",
    "seed": "s",
    "name": "From production",
}


@pytest.fixture
def rule(dataset: Dataset, alice: User, author: Author) -> SamplingRule:
    terms = RuleTerms("Hourly", SampleRule("s", size=5), Schedule(HOURLY, datetime.min.time()))
    return create_sampling_rule(
        dataset,
        terms,
        environment="prod",
        condition=Group(),
        since=None,
        owner=alice,
        author=author,
        now=timezone.now() - timedelta(hours=3),
    )


def test_a_sample_is_repeated_as_a_rule_over_the_same_logs(alice_client: Client) -> None:
    given = {"repeat": "yes", "percent": "20", "seed": "s", "name": "From production"}
    place = alice_client.post(url_of("threads:sample_create", **SCOPE), given)["Location"]
    page = alice_client.get(place)
    assert page.status_code == 200
    assert page.context["form"]["percent"].value() == "20"
    assert page.context["target_form"]["name"].value() == "From production"
    response = alice_client.post(place, GIVEN)
    rule = SamplingRule.objects.get()
    assert response["Location"] == url_of("threads:rule_detail", rule.id)
    assert (rule.environment, str(rule.draw), rule.takes_history) == ("test", "20 %, seed 's'", False)
    assert str(rule.schedule) == "every day at 02:30, Europe/Zurich"
    assert rule.condition["all"][0]["value"] in ("large", ["large"])
    assert Dataset.objects.get(pk=rule.dataset_id).name == "From production"
    detail = html_of(alice_client.get(url_of("threads:rule_detail", rule.id)))
    for told in ("Model", "only what happens after", "every day at 02:30", "Test"):
        assert told in detail


def test_history_is_taken_from_the_day_that_was_chosen(alice_client: Client, dataset: Dataset) -> None:
    given = {**GIVEN, "history": "since", "since": "2026-01-01T00:00:00", "dataset": dataset.id}
    alice_client.post(url_of("threads:rule_create", **SCOPE), given)
    rule = SamplingRule.objects.get()
    assert rule.takes_history
    assert "also what was there already, from 2026-01-01 00:00" in html_of(
        alice_client.get(url_of("threads:rule_detail", rule.id))
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"history": ""},
        {"history": "since"},
        {"history": "since", "since": "never"},
        {"history": "since", "since": "2999-01-01T00:00:00"},
        {"schedule": "yearly"},
        {"at": "25:00"},
        {"zone": "Mars"},
        {"schedule": "weekly", "weekday": ""},
        {"schedule": "weekly", "weekday": "9"},
        {"rule_name": " "},
        {"seed": ""},
        {"percent": "101"},
        {"name": ""},
        {"dataset": "00000000-0000-7000-8000-000000000000"},
    ],
)
def test_a_rule_that_cannot_be_is_explained_and_leaves_nothing(
    alice_client: Client, wrong: dict[str, str]
) -> None:
    response = alice_client.post(url_of("threads:rule_create", **SCOPE), {**GIVEN, **wrong})
    assert response.status_code == 422
    assert 'class="field__error"' in html_of(response) or 'class="form__errors"' in html_of(response)
    assert not SamplingRule.objects.exists()
    assert not Dataset.objects.exists()


def test_a_rule_is_changed_paused_resumed_run_and_deleted(alice_client: Client, rule: SamplingRule) -> None:
    assert alice_client.get(url_of("threads:rule_edit", rule.id)).context["form"]["size"].value() == 5
    alice_client.post(url_of("threads:rule_edit", rule.id), {**GIVEN, "schedule": "weekly", "weekday": "4"})
    rule.refresh_from_db()
    assert (rule.name, rule.draw.size, str(rule.schedule)) == (
        *("Nightly", None),
        "every Friday at 02:30, Europe/Zurich",
    )
    for name in ("rule_pause", "rule_run", "rule_resume"):
        assert alice_client.post(url_of(f"threads:{name}", rule.id))["Location"] == url_of(
            "threads:rule_detail", rule.id
        )
    SamplingRule.objects.update(window_end=timezone.now())
    alice_client.post(url_of("threads:rule_run", rule.id))
    page = html_of(alice_client.get(url_of("threads:rule_detail", rule.id)))
    assert "Nothing can have come in since the last run" in page
    assert Job.objects.count() == 1
    assert "Waiting" in page
    jobs.cancel_job(Job.objects.get())
    alice_client.post(url_of("threads:run_repeat", rule.id, SamplingRun.objects.get().id))
    assert Job.objects.active().count() == 1
    assert alice_client.get(url_of("threads:rule_delete", rule.id)).status_code == 200
    assert alice_client.post(url_of("threads:rule_delete", rule.id))["Location"] == url_of(
        "threads:rule_list"
    )
    assert alice_client.get(url_of("threads:rule_detail", rule.id)).status_code == 404


def test_an_edit_that_cannot_be_is_explained(alice_client: Client, rule: SamplingRule) -> None:
    response = alice_client.post(url_of("threads:rule_edit", rule.id), {**GIVEN, "percent": "101"})
    assert response.status_code == 422
    rule.refresh_from_db()
    assert rule.name == "Hourly"


def test_lists_of_rules_need_as_many_queries_for_many_as_for_one(
    alice_client: Client,
    rule: SamplingRule,
    dataset: Dataset,
    author: Author,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    SamplingRule.objects.bulk_create(
        SamplingRule(**{**_values(rule), "name": f"Rule {number}"}) for number in range(3)
    )
    run_due_rules(timezone.now())
    pause_sampling_rule(rule, author=author)
    with django_assert_num_queries(FRAME + 4):  # Rules, datasets, last runs, their jobs.
        page = html_of(alice_client.get(url_of("threads:rule_list")))
    assert page.count("at most 5") == 4
    assert page.count("Paused") == 1
    with django_assert_num_queries(FRAME + 5):
        page = html_of(alice_client.get(url_of("threads:dataset_rule_list", dataset.id)))
    assert page.count("at most 5") == 4


def _values(rule: SamplingRule) -> dict[str, Any]:
    return {
        field.attname: getattr(rule, field.attname)
        for field in SamplingRule._meta.concrete_fields
        if field.name != "id"
    }


def test_runs_are_read_page_by_page(
    alice_client: Client,
    rule: SamplingRule,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr("records.logpages.rules.RUNS_SHOWN", 2)
    for minutes in (-90, -60, -30):
        SamplingRule.objects.update(next_run_at=timezone.now() - timedelta(hours=3))
        run_due_rules(timezone.now() + timedelta(minutes=minutes))
    with django_assert_num_queries(FRAME + 4):  # The rule, its runs, their jobs, the dataset.
        first = alice_client.get(url_of("threads:rule_detail", rule.id))
    assert len(first.context["page"].rows) == 2
    rest = alice_client.get(url_of("threads:rule_detail", rule.id, before=first.context["page"].next_before))
    assert len(rest.context["page"].rows) == 1
    assert alice_client.get(url_of("threads:rule_detail", rule.id, before="yesterday")).status_code == 302


def test_an_empty_list_says_how_to_begin(
    alice_client: Client, viewer_client: Client, dataset: Dataset
) -> None:
    for url in (url_of("threads:rule_list"), url_of("threads:dataset_rule_list", dataset.id)):
        assert "Go to the logs" in html_of(alice_client.get(url))
        assert "Go to the logs" not in html_of(viewer_client.get(url))


def test_a_viewer_reads_rules_and_changes_none(viewer_client: Client, rule: SamplingRule) -> None:
    assert "Run now" not in html_of(viewer_client.get(url_of("threads:rule_detail", rule.id)))
    assert viewer_client.get(url_of("threads:rule_create")).status_code == 403
    for name in ("rule_edit", "rule_pause", "rule_resume", "rule_run", "rule_delete"):
        assert viewer_client.post(url_of(f"threads:{name}", rule.id), GIVEN).status_code == 403
    assert viewer_client.post(url_of("threads:rule_create"), GIVEN).status_code == 403


def test_a_stranger_sees_no_rule_and_makes_none_into_our_dataset(
    charlie_client: Client, rule: SamplingRule, dataset: Dataset
) -> None:
    assert "Hourly" not in html_of(charlie_client.get(url_of("threads:rule_list")))
    assert charlie_client.get(url_of("threads:dataset_rule_list", dataset.id)).status_code == 404
    assert charlie_client.get(url_of("threads:rule_detail", rule.id)).status_code == 404
    for name in ("rule_edit", "rule_pause", "rule_resume", "rule_run", "rule_delete"):
        assert charlie_client.post(url_of(f"threads:{name}", rule.id), GIVEN).status_code == 404
    response = charlie_client.post(url_of("threads:rule_create", **SCOPE), {**GIVEN, "dataset": dataset.id})
    assert response.status_code == 422
    assert SamplingRule.objects.count() == 1
